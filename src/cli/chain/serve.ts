import { buildCommand } from '@stricli/core';
import {
  type BootReport,
  LOCK_NAME,
  type ReportEvent,
  type ReportOptions,
  serveChain,
  type VerifiedEvent,
} from '../../boot/index.ts';
import { parsePort } from '../../socket/index.ts';
import { printPeer, type TransferEvent } from '../../tftp/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { bindFlag, type FlagsOf, jsonEventsFlag, toggle, withDefault } from '../shared/flags.ts';
import { untilSignal } from '../shared/signal.ts';
import { EventStream } from '../ui/event-stream.ts';
import { listFiles } from '../ui/files.ts';
import { serveUi } from '../ui/server.ts';
import { BoardLines } from './board-lines.ts';
import { readTrust, recordedShape, schemeFlag, trustFlag } from './trust.ts';

const flagTable = {
  trust: trustFlag,
  scheme: schemeFlag,
  bind: bindFlag,
  port: withDefault(parsePort, '69', 'PORT', 'UDP port; 0 lets the kernel choose one'),
  http: toggle('Also serve over HTTP, on the same port number'),
  json: jsonEventsFlag,
  ui: toggle('Also show the boards in a browser, on 127.0.0.1'),
  acceptReports: {
    kind: 'parsed',
    parse: String,
    inferEmpty: true,
    brief: 'Accept boot reports of boards; with a folder, keep the latest report of each board there',
    optional: true,
    placeholder: 'DIR',
  },
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright serve out`: a verified chain over TFTP, on the reactor. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies a built chain and serves it over TFTP',
    fullDescription: [
      'Verifies the chain, then serves its files and no others until it is interrupted; running transfers are completed.',
      'When the chain changes it is verified again; until it verifies, requests are refused. --http also serves the files over',
      'HTTP on the same port number, and Prometheus metrics at /metrics. --json prints one object per event.',
      '--accept-reports accepts the boot reports of boards (bootwright boot --report) and shows them; with a folder it keeps',
      'the latest report of each board there. Nothing vouches for what a board reports.',
      '',
      'Example: bootwright serve out --bind 192.168.7.1 --port 69 --http',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'folder of a built chain', placeholder: 'DIR', parse: String }],
    },
    flags: flagTable,
  },
  async func({ trust, scheme, bind, port, http, json, ui, acceptReports }, folder) {
    const shape = await recordedShape(folder, scheme);
    const trusted = await readTrust(trust, { folder, keyFile: shape.names.firmwareKey, env: this.process.env });
    const boards = new BoardLines(this.process.stdout);
    const stream = new EventStream();
    const tell = (event: TransferEvent | VerifiedEvent | ReportEvent): void => {
      const unnamed = event.kind === 'verified' && trusted.anchor === 'recorded';
      const said = unnamed ? { ...event, kind: 'consistent' as const } : event;
      if (json) printJson(this, said);
      else boards.tell(said);
    };
    const observe = (event: TransferEvent | ReportEvent): void => {
      stream.tell(event);
      tell(event);
    };
    const reports = reportsInto(acceptReports, observe);
    const server = await serveChain({
      folder,
      ...trusted,
      shape,
      address: bind,
      port,
      http,
      observe,
      onVerified: tell,
      ...(reports === undefined ? {} : { reports }),
    });
    const host = printPeer(server.local);
    const serving = {
      kind: 'serving',
      url: `tftp://${host}/`,
      folder,
      rotpk: trusted.rotpk,
      // What is refused is not served.
      verdict: server.report.verdict === 'verified' ? 'verified' : 'consistent',
      checks: server.report.steps.length,
      reports: reports !== undefined,
    } as const;
    stream.tell(serving);
    await using page = ui ? await serveUi({ files: await listFiles(folder), port: 0, events: stream }) : undefined;
    if (json) {
      if (page !== undefined) printJson(this, { kind: 'ui', url: `${page.url}#boards` });
      printJson(this, serving);
    } else {
      print(this, printServed(folder, server.report));
      if (page !== undefined) print(this, `showing ${page.url}#boards`);
      print(this, `serving ${serving.url}${http ? ` and http://${host}/` : ''}`);
      print(this, `boot it: bootwright boot ${serving.url} --trust ${trusted.rotpk}`);
    }
    await untilSignal();
    boards.close();
    await server.drain();
  },
});

function printServed(folder: string, { verdict, steps }: BootReport): string {
  if (verdict === 'verified') return `verified ${folder}: ${steps.length} checks`;
  return `consistent ${folder}: ${steps.length} checks, from the hash that its own ${LOCK_NAME} holds; name it with --trust to have it verified`;
}

/** An option without a value takes reports and keeps them nowhere. */
function reportsInto(option: string | undefined, onReport: (event: ReportEvent) => void): ReportOptions | undefined {
  if (option === undefined) return undefined;
  return option === '' ? { onReport } : { folder: option, onReport };
}
