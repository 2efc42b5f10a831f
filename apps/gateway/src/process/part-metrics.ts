import type { CacheOutcome } from '@parallax/identity';
import type { KeystoneCall } from '@parallax/openstack';
import type { Metrics } from '@parallax/runtime';
import type { DataSlots } from '../routes/image-data.ts';

/** Calls of Keystone; refused ones were answered. */
export function keystoneCounters(metrics: Metrics): (call: KeystoneCall) => void {
  const calls = metrics.counter({
    name: 'parallax_keystone_calls_total',
    help: 'Calls of Keystone, by outcome.',
    labels: ['call', 'outcome'],
  });
  const seconds = metrics.histogram({
    name: 'parallax_keystone_call_seconds',
    help: 'Time of calls of Keystone.',
    labels: ['call'],
  });
  return ({ call, outcome, seconds: taken }) => {
    calls.inc({ call, outcome });
    seconds.observe({ call }, taken);
  };
}

/** How tokens of requests were judged. */
export function tokenCounter(metrics: Metrics): (outcome: CacheOutcome) => void {
  const tokens = metrics.counter({
    name: 'parallax_tokens_total',
    help: 'Tokens judged: known as good (hit) or bad (denied), asked about (miss), believed while Keystone is away (stale).',
    labels: ['outcome'],
  });
  return (outcome) => tokens.inc({ outcome });
}

/** Changes of the operator's access files. */
export function accessCounter(metrics: Metrics): (outcome: 'taken' | 'refused') => void {
  const changes = metrics.counter({
    name: 'parallax_access_changes_total',
    help: 'Changes of the files with access rules and property protections, by outcome.',
    labels: ['outcome'],
  });
  return (outcome) => changes.inc({ outcome });
}

/** Changes of certificates that listeners serve with. */
export function certificateCounter(metrics: Metrics): (outcome: 'taken' | 'refused') => void {
  const changes = metrics.counter({
    name: 'parallax_certificate_changes_total',
    help: 'Changes of the files with certificates of listeners, by outcome.',
    labels: ['outcome'],
  });
  return (outcome) => changes.inc({ outcome });
}

/** Bodies under way. */
export function countTransfers(metrics: Metrics, { uploads, downloads }: DataSlots): void {
  metrics.gauge({
    name: 'parallax_http_transfers',
    help: 'Image bodies that clients send or receive now.',
    labels: ['direction'],
    collect: (gauge) => {
      gauge.set({ direction: 'upload' }, uploads.taken);
      gauge.set({ direction: 'download' }, downloads.taken);
    },
  });
}

/** For `Shutdown.onFault`. */
export function faultCounter(metrics: Metrics): (kind: string) => void {
  const faults = metrics.counter({
    name: 'parallax_process_faults_total',
    help: 'Uncaught exceptions and unhandled rejections.',
    labels: ['kind'],
  });
  return (kind) => faults.inc({ kind });
}
