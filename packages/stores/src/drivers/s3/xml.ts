import { AppError } from '@parallax/core';
import { XMLParser } from 'fast-xml-parser';

/** One element; all of it that S3's answers need. */
export interface Xml {
  /** Text of the first child of this name. */
  text(name: string): string | undefined;
  /** All children of this name that have children of their own. */
  all(name: string): readonly Xml[];
}

const PARSER = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  // Nothing is expanded by the parser: a hostile answer may declare entities. The five of XML are decoded below.
  processEntities: false,
});

/** The root element of an answer, and its name. `store_failed` when it is not XML. */
export function parseXml(text: string): { readonly root: string; readonly xml: Xml } {
  for (const [root, value] of Object.entries(parsed(text))) {
    if (root !== '?xml' && root !== '#text') return { root, xml: element(value) };
  }
  throw new AppError('store_failed', 'the store answered without XML');
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    // An answer that kept us waiting begins with white space, before the declaration.
    const fields: unknown = PARSER.parse(text.trim());
    return isRecord(fields) ? fields : {};
  } catch (cause) {
    throw new AppError('store_failed', 'the store answered with broken XML', { cause });
  }
}

function element(value: unknown): Xml {
  const fields = isRecord(value) ? value : {};
  const childrenOf = (name: string): readonly unknown[] => {
    const found = Object.hasOwn(fields, name) ? fields[name] : [];
    return Array.isArray(found) ? found : [found];
  };
  return {
    text: (name) => {
      const [first] = childrenOf(name);
      return typeof first === 'string' ? decodeEntities(first) : undefined;
    },
    all: (name) => childrenOf(name).filter(isRecord).map(element),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['quot', '"'],
  ['apos', "'"],
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
]);

/** Also characters by number; a name that the answer declared stays as it is. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, ten, hex, name) => {
    if (name !== undefined) return ENTITIES.get(String(name)) ?? whole;
    const code = ten === undefined ? Number.parseInt(String(hex), 16) : Number(ten);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
