import { ask, get, given, patch, post, put, queued, type Row, remove, row, show } from '../row.ts';

const tag = (text: string): string => `/v2/images/$image/tags/${text}`;
const many = Array.from({ length: 128 }, (_, i) => `t${i}`);

export const tags: readonly Row[] = [
  row('put a tag', queued(), put(tag('one')), put(tag('two')), put(tag('one')), show()),
  row('put a tag with a space', queued(), put(tag('a%20b')), show()),
  row('put a tag with a plus', queued(), put(tag('a+b')), show()),
  row('put a tag with letters of two bytes', queued(), put(tag('%C3%BC')), show()),
  row('put a tag with a slash in it', queued(), put(tag('a%2Fb')), show()),
  row('put a tag of a percent sign', queued(), put(tag('100%25')), show()),
  row('put a tag of 255', queued(), put(tag('t'.repeat(255)))),
  row('put a tag of 256', queued(), put(tag('t'.repeat(256))), show()),
  row('put an emoji for a tag', queued(), put(tag('%F0%9F%A6%84'))),
  row('put no tag', queued(), put(tag(''))),
  row('put a tag with a body', queued(), put(tag('x'), { body: '{}' }), show()),
  row('put a tag with an empty body', queued(), put(tag('x'), { body: '' })),
  row('put the 129th tag', queued({ tags: many }), put(tag('last')), put(tag('t5'))),
  row('put a tag as reader', queued(), put(tag('x'), { as: 'reader' })),
  row('put a tag as stranger', queued(), put(tag('x'), { as: 'alt_demo' })),
  row(
    'put a tag on a public image of others',
    queued({ visibility: 'public' }, { as: 'admin' }),
    put(tag('x')),
  ),
  row('put a tag as admin', queued(), put(tag('x'), { as: 'admin' }), show()),
  row('put a tag without a token', queued(), put(tag('x'), { as: 'nobody' })),
  row('put a tag on an absent image', put('/v2/images/$absent/tags/x')),
  row('put a tag on an odd id', put('/v2/images/x/tags/x')),
  row('put a tag on a deleted image', queued(), given(remove('/v2/images/$image')), put(tag('x'))),
  row('delete a tag', queued({ tags: ['a', 'b'] }), remove(tag('a')), show(), remove(tag('a'))),
  row('delete a tag with a space', queued({ tags: ['a b'] }), remove(tag('a%20b')), show()),
  row('delete a tag in other letters', queued({ tags: ['a'] }), remove(tag('A')), show()),
  row('delete a tag as reader', queued({ tags: ['a'] }), remove(tag('a'), { as: 'reader' })),
  row('delete a tag as stranger', queued({ tags: ['a'] }), remove(tag('a'), { as: 'alt_demo' })),
  row('delete a tag of an absent image', remove('/v2/images/$absent/tags/x')),
  row(
    'delete a tag with a body',
    queued({ tags: ['a'] }),
    ask(`DELETE ${tag('a')}`, { body: 'x' }),
  ),
  row('get a tag', queued({ tags: ['a'] }), get(tag('a'))),
  row('post a tag', queued(), post(tag('a'), {})),
  row('get the tags', queued(), get('/v2/images/$image/tags')),
  row(
    'tags through a patch',
    queued({ tags: ['a'] }),
    patch([{ op: 'replace', path: '/tags', value: ['c', 'b', 'c'] }]),
  ),
];
