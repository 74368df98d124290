import { buildCommand, numberParser } from '@stricli/core';
import { serveChain } from '../../boot/index.ts';
import type { TransferEvent } from '../../tftp/index.ts';
import { type Context, print, printJson } from '../context.ts';
import { untilSignal } from '../signal.ts';
import { printSize } from '../step-text.ts';
import { readTrustOption, recordedTrust } from '../trust.ts';

interface Flags {
  readonly trust: string | undefined;
  readonly bind: string;
  readonly port: number;
  readonly json: boolean;
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
    },
  },
  async func({ trust, bind, port, json }, folder) {
    const rotpk = trust === undefined ? await recordedTrust(folder) : await readTrustOption(trust, this.process.env);
    const observe = (event: TransferEvent): void => (json ? printJson(this, event) : printEvent(this, event));
    const { server, report } = await serveChain({ folder, rotpk, address: bind, port, observe });
    const { address, port: chosen } = server.local;
    const url = `tftp://${address.includes(':') ? `[${address}]` : address}:${chosen}/`;
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
