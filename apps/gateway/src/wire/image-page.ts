import type { ImagePage } from '@parallax/core';

/** Body of `GET /v2/images`. Links keep every key of the request, repeated ones too: a page after page must ask the same. */
export function imagePageJson(page: ImagePage, query: URLSearchParams): string {
  const params = new URLSearchParams(query);
  params.delete('marker');
  const first = link(params);
  let links = `"first":${JSON.stringify(first)},"schema":"/v2/schemas/images"`;
  if (page.next !== undefined) {
    params.append('marker', page.next);
    links += `,"next":${JSON.stringify(link(params))}`;
  }
  return `{"images":${page.json},${links}}`;
}

function link(params: URLSearchParams): string {
  const query = params.toString();
  return query === '' ? '/v2/images' : `/v2/images?${query}`;
}
