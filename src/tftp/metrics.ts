/** Counters of one server since it started. */
export interface Counters {
  readonly requests: { readonly read: number; readonly write: number };
  /** Requests that were answered with an ERROR packet, by fault code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly done: number;
  /** Transfers that ended badly, by fault code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly retransmitted: number;
  /** Transfers that are running now. */
  readonly active: number;
}

/** Counters in the Prometheus text format, version 0.0.4. */
export function printMetrics(counters: Counters): string {
  return [
    ...metric('bootwright_tftp_requests_total', 'counter', 'Requests that arrived.', [
      [{ kind: 'read' }, counters.requests.read],
      [{ kind: 'write' }, counters.requests.write],
    ]),
    ...metric(
      'bootwright_tftp_refused_total',
      'counter',
      'Requests answered with an ERROR packet.',
      byCode(counters.refused),
    ),
    ...metric('bootwright_tftp_done_total', 'counter', 'Transfers that ended well.', [[{}, counters.done]]),
    ...metric('bootwright_tftp_failed_total', 'counter', 'Transfers that ended badly.', byCode(counters.failed)),
    ...metric('bootwright_tftp_sent_bytes_total', 'counter', 'Bytes of files that peers acknowledged.', [
      [{}, counters.bytesSent],
    ]),
    ...metric('bootwright_tftp_received_bytes_total', 'counter', 'Bytes of files that arrived.', [
      [{}, counters.bytesReceived],
    ]),
    ...metric('bootwright_tftp_retransmitted_total', 'counter', 'Packets that were sent again.', [
      [{}, counters.retransmitted],
    ]),
    ...metric('bootwright_tftp_active', 'gauge', 'Transfers that are running.', [[{}, counters.active]]),
    '',
  ].join('\n');
}

type MetricSample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** The lines of one metric in that format. */
export function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly MetricSample[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${printLabels(labels)} ${value}`),
  ];
}

const byCode = (counts: Readonly<Record<string, number>>): MetricSample[] =>
  Object.entries(counts).map(([code, value]) => [{ code }, value]);

/** Values are our own codes and words, which need no escaping. */
function printLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
