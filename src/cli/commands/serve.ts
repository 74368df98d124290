import { buildCommand, numberParser } from '@stricli/core';
import { serveChain } from '../../boot/index.ts';
import type { TransferEvent } from '../../tftp/index.ts';
import { type Context, print, printJson } from '../context.ts';
import { untilSignal } from '../signal.ts';
import { printSize } from '../step-text.ts';
import { readTrustOption, recordedTrust } from '../trust.ts';
import { EventStream } from '../ui/event-stream.ts';
import { listFiles } from '../ui/files.ts';
import { serveUi } from '../ui/server.ts';

interface Flags {
  readonly trust: string | undefined;
  readonly bind: string;
  readonly port: number;
  readonly json: boolean;
  readonly ui: boolean;
}

/** `bootwright serve out`: a verified chain over TFTP, on the reactor. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Serves a built chain over TFTP; refuses to serve what does not verify',
    fullDescription: [
      'Verifies the chain first, then serves its files and no others until it is interrupted; transfers that run then are',
      'finished. --json prints one object an event.',
      '',
      'Example: bootwright serve out --bind 192.168.7.1 --port 69',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'folder of a built chain', placeholder: 'DIR', parse: String }],
    },
    flags: {
      trust: {
        kind: 'parsed',
        parse: String,
        brief: 'Key file, or SHA-256 of its SubjectPublicKeyInfo',
        optional: true,
        placeholder: 'KEY',
      },
      bind: {
        kind: 'parsed',
        parse: String,
        brief: 'Address to serve on',
        default: '127.0.0.1',
        placeholder: 'ADDRESS',
      },
      port: { kind: 'parsed', parse: numberParser, brief: 'UDP port; 0 lets the kernel choose', default: '69' },
      json: { kind: 'boolean', brief: 'One JSON object an event', default: false },
      ui: { kind: 'boolean', brief: 'Also show every board in a browser, on 127.0.0.1', default: false },
    },
  },
  async func({ trust, bind, port, json, ui }, folder) {
    const rotpk = trust === undefined ? await recordedTrust(folder) : await readTrustOption(trust, this.process.env);
    const events = new EventStream();
    const observe = (event: TransferEvent): void => {
      events.tell(event);
      if (json) printJson(this, event);
      else printEvent(this, event);
    };
    const { server, report } = await serveChain({ folder, rotpk, address: bind, port, observe });
    const { address, port: chosen } = server.local;
    const url = `tftp://${address.includes(':') ? `[${address}]` : address}:${chosen}/`;
    events.tell({ kind: 'serving', url, folder, rotpk, checks: report.steps.length });
    await using page = ui ? await serveUi({ files: await listFiles(folder), port: 0, events }) : undefined;
    if (page !== undefined && json) printJson(this, { kind: 'ui', url: `${page.url}#boards` });
    else if (page !== undefined) print(this, `showing ${page.url}#boards`);
    if (json) printJson(this, { kind: 'serving', url, rotpk, checks: report.steps.length });
    else
      print(
        this,
        `verified ${folder}: ${report.steps.length} checks`,
        `serving ${url}  (boot it: bootwright boot ${url} --trust ${rotpk})`,
      );
    await untilSignal();
    await server.drain();
  },
});

function printEvent(context: Context, event: TransferEvent): void {
  const peer = `${event.peer.address}:${event.peer.port}`;
  if (event.kind === 'started')
    print(
      context,
      `${peer}  ${event.name}: ${printSize(event.size ?? 0)}, blocks of ${event.blockSize}, window ${event.windowSize}`,
    );
  if (event.kind === 'done')
    print(
      context,
      `${peer}  ${event.name}: done, ${printSize(event.bytesPerSecond)}/s, ${event.retransmitted} sent again`,
    );
  if (event.kind === 'failed') print(context, `${peer}  ${event.name}: ${event.message} [${event.code}]`);
  if (event.kind === 'refused')
    print(context, `${peer}  ${event.name ?? ''}: refused: ${event.message} [${event.code}]`);
}
