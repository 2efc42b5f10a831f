import { AppError, MEMBER_STATUSES } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMemberStatus, parseNewMember } from './member-body.ts';
import { MEMBER_SCHEMA, MEMBERS_SCHEMA } from './member-schema.ts';
import { membersJson, memberView } from './member-view.ts';

function codeOf(parse: () => unknown): string {
  try {
    parse();
    return 'ok';
  } catch (error) {
    return error instanceof AppError ? error.code : 'not an AppError';
  }
}

describe('a new member', () => {
  it('is any text of 255 characters', () => {
    expect(parseNewMember({ member: 'p2' })).toBe('p2');
    expect(parseNewMember({ member: 'x'.repeat(255), more: 1 })).toBe('x'.repeat(255));
  });

  it.each([
    [[{}]],
    [[[]]],
    [[{ member: '' }]],
    [[{ member: null }]],
    [[{ member: 5 }]],
    [[{ member: ['p'] }]],
    [[{ member: 'x'.repeat(256) }]],
    [[{ member: '\u{1F680}' }]],
    [[{ member: 'a\0' }]],
  ])('is not %j', ([body]) => {
    expect(codeOf(() => parseNewMember(body as object as Record<string, unknown>))).toBe(
      'invalid_request',
    );
  });
});

describe('an answer', () => {
  it.each(MEMBER_STATUSES)('is %s', (status) => {
    expect(parseMemberStatus({ status })).toBe(status);
  });

  it.each([[{}], [{ status: 'maybe' }], [{ status: null }], [{ status: 'Accepted' }]])(
    'is not %j',
    (body) => {
      expect(codeOf(() => parseMemberStatus(body))).toBe('invalid_request');
    },
  );
});

it('fails with nothing but AppError', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('member', 'status'), fc.jsonValue()), (body) => {
      expect(codeOf(() => parseNewMember(body))).not.toBe('not an AppError');
      expect(codeOf(() => parseMemberStatus(body))).not.toBe('not an AppError');
    }),
  );
});

it('is shown in whole seconds, with the fields of its schema', () => {
  const member = {
    imageId: 'i',
    memberId: 'p2',
    status: 'pending',
    createdAt: new Date('2026-01-01T00:00:00.999Z'),
    updatedAt: new Date('2026-01-02T00:00:00.001Z'),
  } as const;
  const view = memberView(member);
  expect(view).toMatchObject({
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-02T00:00:00Z',
  });
  expect(Object.keys(view).sort()).toEqual(Object.keys(MEMBER_SCHEMA.properties).sort());
  expect(JSON.parse(membersJson([member]))).toEqual({
    members: [view],
    schema: '/v2/schemas/members',
  });
});

it('has Glance’s schemas', () => {
  const member = JSON.parse(JSON.stringify(MEMBER_SCHEMA));
  expect(Object.keys(member)).toEqual(['name', 'properties']);
  expect(Object.keys(member.properties).join(' ')).toBe(
    'member_id image_id created_at updated_at status schema',
  );
  expect(member.properties.schema).toEqual({ readOnly: true, type: 'string' });
  expect(member.properties.status.enum).toEqual(['pending', 'accepted', 'rejected']);
  const members = JSON.parse(JSON.stringify(MEMBERS_SCHEMA));
  expect(Object.keys(members)).toEqual(['name', 'properties', 'links']);
  expect(members.properties.members.items).toEqual(member);
});
