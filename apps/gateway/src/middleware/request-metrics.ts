import type { Metrics } from '@parallax/runtime';

export interface FinishedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What the gateway counts. */
export interface RequestMetrics {
  finished(request: FinishedRequest): void;
  /** An error that is a bug was answered with 500. */
  unexpected(): void;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

export function requestMetrics(metrics: Metrics): RequestMetrics {
  const requests = metrics.counter({
    name: 'parallax_http_requests_total',
    help: 'Requests answered, by route and status.',
    labels: ['method', 'route', 'status'],
  });
  const seconds = metrics.histogram({
    name: 'parallax_http_request_seconds',
    help: 'Time from the request to the end of its answer, bodies included.',
    labels: ['method', 'route'],
  });
  const unexpected = metrics.counter({
    name: 'parallax_http_unexpected_errors_total',
    help: 'Requests answered with 500: bugs.',
  });
  return {
    finished: (request) => {
      // A closed set of labels, whatever the client calls its method.
      const method = METHODS.has(request.method) ? request.method : 'other';
      const { route } = request;
      requests.inc({ method, route, status: String(request.status) });
      seconds.observe({ method, route }, request.seconds);
    },
    unexpected: () => unexpected.inc(),
  };
}
