import { expect, it } from 'vitest';
import { addressRules, fetchableUrl } from './fetch-rules.ts';

const DENIED = [
  '0.0.0.0',
  '10.255.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:a9fe:a9fe',
  '::FFFF:10.0.0.1',
  '0:0:0:0:0:ffff:192.168.0.1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::1',
  '2002:7f00:1::1',
  '2001:0:1::1',
  '2001:db8::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  '2606:4700::1%eth0',
  'localhost',
  '',
];

it.each(DENIED)('denies what is not public: %s', (address) => {
  expect(addressRules([])(address)).toBe(false);
});

it.each([
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.0.1',
  '172.32.0.1',
  '::ffff:8.8.8.8',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
])('lets what is public be reached: %s', (address) => {
  expect(addressRules([])(address)).toBe(true);
});

it('opens what the operator allows, in any spelling, and nothing beside it', () => {
  const mayReach = addressRules(['127.0.0.1/32', '10.20.0.0/15', 'fd12::/16']);
  const allowed = ['127.0.0.1', '::ffff:7f00:1', '10.21.255.255', 'fd12::5', '8.8.8.8'];
  expect(allowed.filter((address) => !mayReach(address))).toEqual([]);
  const denied = ['127.0.0.2', '10.22.0.0', '10.19.255.255', 'fd13::5', '0.0.0.0', '::1'];
  expect(denied.filter(mayReach)).toEqual([]);
});

it('never opens metadata services, whatever is allowed', () => {
  const mayReach = addressRules(['0.0.0.0/0', '::/0']);
  const metadata = [
    '169.254.169.254',
    '169.254.170.2',
    '::ffff:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '2002:a9fe:a9fe::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    'fe80::a9fe:a9fe',
  ];
  expect(metadata.filter(mayReach)).toEqual([]);
  expect(mayReach('10.0.0.1') && mayReach('::1')).toBe(true);
});

it('refuses rules that are no networks', () => {
  expect(() => addressRules(['127.0.0.1/33'])).toThrow(/no network/);
});

it.each([
  ['another scheme', 'file:///etc/passwd'],
  ['no scheme', '//host/x'],
  ['credentials', 'http://user:secret@host/x'],
  ['an empty user', 'http://:secret@host/x'],
  ['a fragment', 'http://host/x#y'],
  ['a new line', 'http://host/x\r\nHost: y'],
  ['a space', ' http://host/x'],
  ['a zone', 'http://[fe80::1%25eth0]/x'],
])('refuses a URL with %s, and does not repeat it', (_, text) => {
  expect(() => fetchableUrl(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  expect(() => fetchableUrl(text)).toThrow(/^(?!.*(secret|host|passwd))/);
});
