import { AppError } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorMediaType } from './accept.ts';
import { errorPage } from './error-page.ts';

describe('errorMediaType', () => {
  it.each([
    [undefined, 'text/plain'],
    ['', 'application/json'],
    ['*/*', 'text/html'],
    ['text/html', 'text/html'],
    ['text/*', 'text/html'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['application/json', 'application/json'],
    ['application/json, */*', 'text/html'],
    ['application/json, */*;q=0.5', 'application/json'],
    ['text/html;q=0.1, application/json', 'application/json'],
    ['text/html;q=0, */*', 'application/json'],
    ['text/plain', 'text/plain'],
    ['image/png', 'text/plain'],
    ['application/json;q=x', 'text/plain'],
  ])('of %j is %s', (accept, type) => {
    expect(errorMediaType(accept)).toBe(type);
  });

  it('answers any header', () => {
    fc.assert(fc.property(fc.string(), (accept) => errorMediaType(accept).length > 0));
  });
});

describe('errorPage', () => {
  const missing = new AppError('not_found', "No image found with ID <b>'x'");

  it('is the page that python-glanceclient strips', () => {
    expect(errorPage(missing, '*/*').body).toBe(`<html>
 <head>
  <title>404 Not Found</title>
 </head>
 <body>
  <h1>404 Not Found</h1>
  No image found with ID &lt;b&gt;&#x27;x&#x27;<br /><br />



 </body>
</html>`);
  });

  it('is a flat object of three texts for JSON', () => {
    expect(JSON.parse(errorPage(missing, 'application/json').body)).toEqual({
      message: "No image found with ID <b>'x'<br /><br />\n\n\n",
      code: '404 Not Found',
      title: 'Not Found',
    });
  });

  it('is text without an Accept header', () => {
    const page = errorPage(missing, undefined);
    expect(page.body).toBe("404 Not Found\n\nNo image found with ID <b>'x'\n\n");
    expect(page.headers['content-type']).toBe('text/plain; charset=UTF-8');
  });

  it('carries the headers of its code', () => {
    const of = (error: AppError) => errorPage(error, '').headers;
    expect(of(new AppError('range_not_satisfiable', '', { context: { size: 5 } }))).toMatchObject({
      'content-range': 'bytes */5',
    });
    expect(of(new AppError('unavailable'))['retry-after']).toBe('2');
    expect(of(new AppError('method_not_allowed', '', { context: { allow: 'GET' } }))['allow']).toBe(
      'GET',
    );
  });

  it('says nothing about the cause of a 5xx', () => {
    const page = errorPage(new AppError('store_failed', 'disk sda is on fire'), '');
    expect([page.status, page.body.includes('sda')]).toEqual([503, false]);
  });
});
