import { describe, expect, it } from 'vitest';
import { decodedBy, nextPage } from './page.ts';
import { parseXml } from './xml.ts';

describe('answers in XML', () => {
  it('gives children and text, one or many, behind white space and a namespace', () => {
    const { root, xml } = parseXml(
      ' \n<?xml version="1.0"?><L xmlns="http://s3/"><P><N>1</N></P><P><N>02</N></P><Q/></L>',
    );
    expect(root).toBe('L');
    expect(xml.all('P').map((part) => part.text('N'))).toEqual(['1', '02']);
    expect(xml.text('Q')).toBe('');
    expect(xml.text('constructor')).toBeUndefined();
  });

  it('decodes quotes around an ETag', () => {
    expect(parseXml('<C><ETag>&quot;ab-2&quot;</ETag></C>').xml.text('ETag')).toBe('"ab-2"');
    expect(parseXml('<C><ETag>&#34;ab&#x22;</ETag></C>').xml.text('ETag')).toBe('"ab"');
    expect(parseXml('<C><K>a&amp;#34;&#9999999;</K></C>').xml.text('K')).toBe('a&#34;&#9999999;');
  });

  it('expands no entity that the answer declares', () => {
    const bomb =
      '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x><Key>&b;</Key></x>';
    expect(parseXml(bomb).xml.text('Key')).toBe('&b;');
  });

  it.each(['', 'no xml', '{"a":1}'])('refuses what is no XML: %s', (text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'store_failed' }));
  });

  it('decodes keys only where the server encoded them', () => {
    const encoded = parseXml('<L><EncodingType>url</EncodingType></L>').xml;
    expect(decodedBy(encoded)('a+b%2Bc%C3%A4')).toBe('a b+cä');
    expect(decodedBy(parseXml('<L><X>1</X></L>').xml)('a+b%2B')).toBe('a+b%2B');
  });

  it('takes no list for whole that does not tell how it goes on', () => {
    const { xml } = parseXml('<L><IsTruncated>true</IsTruncated></L>');
    expect(() => nextPage(xml, 'Next')).toThrow(expect.objectContaining({ code: 'store_failed' }));
    const last = parseXml('<L><IsTruncated>false</IsTruncated><Next>x</Next></L>').xml;
    expect(nextPage(last, 'Next')).toBeUndefined();
  });
});
