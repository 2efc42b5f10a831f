import { isIPv4, isIPv6 } from 'node:net';
import { AppError } from '@parallax/core';
import { parseCidr } from '../config/cidr.ts';

/** An address in the 16 bytes of IPv6; IPv4 is `::ffff:a.b.c.d`, so every spelling of an address is the same bytes. */
type AddressBytes = Uint8Array;
interface Network {
  readonly bytes: AddressBytes;
  readonly prefix: number;
}

const BYTES = 16;
const MAPPED_BITS = 96;

/** IANA's special-purpose registry for IPv4, whatever is not reachable from everywhere, and multicast. */
const DENIED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(networkOf);
/** IPv6 is denied unless it is global unicast: so loopback, unique local, link-local, multicast, NAT64 and what is not assigned yet. */
const GLOBAL_V6 = networkOf('2000::/3');
/** Inside global unicast: IETF protocols with Teredo, documentation, 6to4 (which carries an IPv4 address of anybody's choice). */
const DENIED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(networkOf);
/** Where clouds hand out credentials: no operator's list opens these. Link-local as a whole, and those outside of it. */
const NEVER = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
].map(networkOf);
const MAPPED = networkOf('::ffff:0:0/96');
/** Prefixes that carry an IPv4 address, with the byte it begins at. */
const CARRIERS = [
  { network: networkOf('64:ff9b::/96'), at: 12 },
  { network: networkOf('2002::/16'), at: 2 },
  { network: networkOf('::/96'), at: 12 },
];

/** Says whether a URL that a user gave may lead to an address. `allow` (networks or addresses) opens what is denied, never metadata services. */
export function addressRules(allow: readonly string[]): (address: string) => boolean {
  const allowed = allow.map(networkOf);
  return (address) => {
    const bytes = bytesOf(address);
    if (bytes === undefined || isNever(bytes)) return false;
    if (allowed.some((network) => contains(network, bytes))) return true;
    if (contains(MAPPED, bytes)) return !DENIED_V4.some((network) => contains(network, bytes));
    return contains(GLOBAL_V6, bytes) && !DENIED_V6.some((network) => contains(network, bytes));
  };
}

/** A URL that may be asked for: http or https, and nothing in it that is a credential or is not sent. `invalid_request`. */
export function fetchableUrl(text: string): URL {
  // The parser drops what no URL has; a text that means something else than it says is refused.
  if (/[\s\p{Cc}\p{Surrogate}]/u.test(text) || !URL.canParse(text)) throw badUrl('is no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badUrl('is not http or https');
  if (url.username !== '' || url.password !== '') throw badUrl('has credentials');
  if (text.includes('#')) throw badUrl('has a fragment');
  return url;
}

function badUrl(problem: string): AppError {
  // Never with the URL itself: it may hold a password.
  return new AppError('invalid_request', `the URL ${problem}`);
}

function isNever(bytes: AddressBytes): boolean {
  if (NEVER.some((network) => contains(network, bytes))) return true;
  return CARRIERS.some(({ network, at }) => {
    if (!contains(network, bytes)) return false;
    const carried = mapped(bytes.subarray(at, at + 4));
    return NEVER.some((never) => contains(never, carried));
  });
}

function contains({ bytes, prefix }: Network, address: AddressBytes): boolean {
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index += 1) {
    if (bytes[index] !== address[index]) return false;
  }
  const mask = (0xff00 >> (prefix & 7)) & 0xff;
  return ((bytes[whole] ?? 0) & mask) === ((address[whole] ?? 0) & mask);
}

function networkOf(text: string): Network {
  const cidr = parseCidr(text);
  const bytes = cidr && bytesOf(cidr.address);
  if (bytes === undefined) throw new AppError('invalid_request', `${text} is no network`);
  return {
    bytes,
    prefix: cidr?.family === 'ipv4' ? cidr.prefix + MAPPED_BITS : (cidr?.prefix ?? 0),
  };
}

/** Undefined for what is no address, and for one with a zone. */
function bytesOf(address: string): AddressBytes | undefined {
  if (isIPv4(address)) return mapped(address.split('.').map(Number));
  // A zone is no part of an address that others may choose.
  if (!isIPv6(address) || address.includes('%')) return undefined;
  // The URL parser's spelling has hexadecimal groups only, and `::` at most once.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const bytes = new Uint8Array(BYTES);
  bytes.set(before);
  bytes.set(after, BYTES - after.length);
  return bytes;
}

function groupsOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function mapped(v4: ArrayLike<number>): AddressBytes {
  const bytes = new Uint8Array(BYTES);
  bytes.set([0xff, 0xff], 10);
  bytes.set(v4, 12);
  return bytes;
}
