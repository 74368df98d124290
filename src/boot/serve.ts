import { type FSWatcher, watch } from 'node:fs';
import { Fault, isFault, type Message, verbatim } from '../fault.ts';
import {
  type FileSource,
  folderSource,
  type Peer,
  type ServerSettings,
  serveTftp,
  type TftpServer,
} from '../tftp/index.ts';
import { type ReportOptions, reportSink } from './board-reports.ts';
import type { AnchorOption } from './device-trust.ts';
import { type HttpFiles, serveHttp } from './http.ts';
import { type ChainShape, shapeOf } from './lock.ts';
import type { BootReport, ChainStage } from './report.ts';
import { serveMessage } from './serve-messages.ts';
import { VerifiedFolder } from './verified-folder.ts';

/** What `serveChain` is told. */
export interface ServeChainOptions extends Omit<ServerSettings, 'source' | 'sink'> {
  /** What `buildChain` left. */
  readonly folder: string;
  /** The hash of the key that the devices trust. */
  readonly rotpk: string;
  /** Who says so; a person where it is not given. */
  readonly anchor?: AnchorOption;
  /** How the chain is signed and what its files are called; that of a plain manifest where it is not given. */
  readonly shape?: ChainShape;
  /** Serves the same files over HTTP too, on the same port number. */
  readonly http?: boolean;
  /** Takes what boards say of their boots; without it the server takes nothing. */
  readonly reports?: ReportOptions;
  /** Called when the chain changed and was verified again. */
  readonly onVerified?: (event: VerifiedEvent) => void;
}

/** The chain changed while it was served, and this is what became of it. */
export interface VerifiedEvent {
  readonly kind: 'verified' | 'withdrawn';
  /** Why nothing is served until the next change. */
  readonly stage?: ChainStage;
  readonly reason?: Message;
}

/** A file is written in several steps: what follows within this time is one change. */
const SETTLE_MS = 200;

/**
 * Verifies a chain and then serves its files, and no others. Faults `boot/not-served` where it does not verify. When
 * files change, it is verified again; until it verifies, and for a file that is not the one that was verified, every
 * request is refused.
 */
export async function serveChain(options: ServeChainOptions): Promise<ChainServer> {
  const { folder, rotpk, anchor, shape = shapeOf(undefined), reports } = options;
  const chain = new VerifiedFolder({ folder, rotpk, anchor, shape });
  const report = await chain.verify();
  const event = eventOf(report);
  if (event.kind === 'withdrawn') {
    throw new Fault('boot/not-served', {
      folder,
      stage: event.stage ?? 'firmware',
      reason: event.reason ?? serveMessage('serve/not-verified'),
    });
  }
  const source = verifiedSource(folderSource(folder), chain);
  const sink = reports === undefined ? {} : { sink: reportSink(reports) };
  for (let tries = 1; ; tries++) {
    const tftp = serveTftp({ ...options, source, ...sink });
    if (options.http !== true) return new ChainServer(options, { chain, report, tftp });
    try {
      const { address, port } = tftp.local;
      const { observe } = options;
      const metrics = (): string => tftp.metrics();
      const http = await serveHttp({
        folder,
        chain,
        address,
        port,
        metrics,
        ...(observe !== undefined && { observe }),
      });
      return new ChainServer(options, { chain, report, tftp, http });
    } catch (error) {
      tftp.close();
      // The port that the kernel chose for one protocol may be taken in the other: another is as good.
      if (options.port !== 0 || tries === MAX_PORT_TRIES || !isFault(error, 'boot/http')) throw error;
    }
  }
}

const MAX_PORT_TRIES = 16;

interface Parts {
  readonly chain: VerifiedFolder;
  readonly report: BootReport;
  readonly tftp: TftpServer;
  readonly http?: HttpFiles;
}

/** A server over a chain that was verified. It serves until it is drained or closed. */
export class ChainServer implements Disposable {
  /** What the verification before serving found. */
  readonly report: BootReport;
  readonly #parts: Parts;
  readonly #tell: (event: VerifiedEvent) => void;
  readonly #watcher: FSWatcher;
  #settling: NodeJS.Timeout | undefined;
  #checking = false;

  constructor({ folder, onVerified = () => undefined }: ServeChainOptions, parts: Parts) {
    this.report = parts.report;
    this.#parts = parts;
    this.#tell = onVerified;
    this.#watcher = watch(folder, { persistent: false }, () => this.#changed());
    // A folder that is taken away cannot be watched; every request is refused then, since its files are gone.
    this.#watcher.on('error', () => this.#watcher.close());
  }

  /** Where TFTP listens, and HTTP where it was asked for. */
  get local(): Peer {
    return this.#parts.tftp.local;
  }

  /** Counters in the Prometheus text format. */
  metrics(): string {
    return this.#parts.tftp.metrics();
  }

  /** Takes no new requests, lets running transfers end, then closes. */
  async drain(): Promise<void> {
    this.#stop();
    await Promise.all([this.#parts.tftp.drain(), this.#parts.http?.drain()]);
  }

  close(): void {
    this.#stop();
    this.#parts.tftp.close();
    this.#parts.http?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #stop(): void {
    clearTimeout(this.#settling);
    this.#watcher.close();
  }

  #changed(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#verifyAgain(), SETTLE_MS);
    this.#settling.unref();
  }

  async #verifyAgain(): Promise<void> {
    if (this.#checking || !this.#parts.chain.stale) return;
    this.#checking = true;
    const event = await this.#parts.chain.verify().then(eventOf, (error: unknown): VerifiedEvent => {
      if (!isFault(error)) throw error;
      return { kind: 'withdrawn', reason: verbatim(error.message) };
    });
    this.#checking = false;
    this.#tell(event);
    // What changed while it was verified is the next change.
    if (this.#parts.chain.stale) this.#changed();
  }
}

function eventOf(report: BootReport): VerifiedEvent {
  const refusal = report.steps.find(({ verdict }) => verdict === 'refused');
  if (refusal === undefined) return { kind: 'verified' };
  return {
    kind: 'withdrawn',
    stage: refusal.stage,
    reason:
      refusal.fault === undefined
        ? serveMessage('serve/refused-check', { check: refusal.check })
        : verbatim(refusal.fault.message),
  };
}

function verifiedSource(source: FileSource, chain: VerifiedFolder): FileSource {
  return {
    open: (request, context) =>
      chain.open(
        request,
        (name) => source.open(name, context),
        (opened) => opened.close?.(),
      ),
  };
}
