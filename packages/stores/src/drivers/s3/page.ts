import { AppError } from '@parallax/core';
import type { Xml } from './xml.ts';

/** Undoes `encoding-type=url` where the server did it, as forms are encoded: a plus is a space. */
export function decodedBy(xml: Xml): (text: string) => string {
  if (xml.text('EncodingType') !== 'url') return (text) => text;
  return (text) => {
    try {
      return decodeURIComponent(text.replaceAll('+', '%20'));
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      throw new AppError('store_failed', 'the store lists keys that are not Unicode');
    }
  };
}

/** Where the next page begins; undefined after the last. `store_failed` when the server does not tell: what is missing would look gone. */
export function nextPage(xml: Xml, marker: string): string | undefined {
  if (xml.text('IsTruncated')?.toLowerCase() !== 'true') return undefined;
  const next = xml.text(marker) ?? '';
  if (next === '')
    throw new AppError('store_failed', 'the store does not tell how its list goes on');
  return next;
}
