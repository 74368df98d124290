import { Fault, isFault } from '../fault.ts';
import { rejectUnknownTid } from './connection.ts';
import type { Observer, TransferStatistics } from './events.ts';
import { boundedWritable, MemoryWritableFile, type ReadableFile, type WritableFile } from './file.ts';
import { tftpMessage } from './messages.ts';
import { retryPolicyOf } from './negotiate.ts';
import { netasciiReadable, netasciiWritable } from './netascii-file.ts';
import {
  acceptOptions,
  DEFAULT_PARAMETERS,
  type OptionValues,
  parseOptions,
  printOptions,
  type TransferParameters,
} from './options.ts';
import { DEFAULT_BLOCK_BYTES, ERROR, type Mode, type Packet, readPacket, writePacket } from './packet.ts';
import { Receiving } from './receiving.ts';
import { faultOf, refusalOf } from './refusal.ts';
import { TransferReporter } from './reporter.ts';
import { RetransmissionTimer } from './retransmission-timer.ts';
import { Sending } from './sending.ts';
import type { Rollover } from './transfer/block.ts';
import { newRequesting, type RequestingEvent, type RequestingState, stepRequesting } from './transfer/requesting.ts';
import type { RetryPolicy } from './transfer/retry.ts';
import type { Transfer, TransferOptions } from './transfer.ts';
import { type Endpoint, type Peer, printPeer, TFTP_PORT, type Transport } from './transport.ts';

/** What a client asks for. An option that is `undefined` is not asked for. */
export interface ClientSettings {
  /** Numeric address of the server. */
  readonly address: string;
  /** 69 by default. */
  readonly port?: number;
  readonly name: string;
  /** `octet` by default. */
  readonly mode?: Mode;
  readonly blockSize?: number | undefined;
  readonly windowSize?: number | undefined;
  /** Seconds between retransmissions, for both sides (option `timeout`). */
  readonly timeoutSeconds?: number;
  /** Whether to ask for, or tell, the size of the file; yes by default. */
  readonly transferSize?: boolean;
  readonly rollover?: Rollover;
  readonly retry?: Partial<RetryPolicy>;
  readonly observe?: Observer;
  /** Gives the transfer up when it aborts. */
  readonly signal?: AbortSignal;
}

/** What the kernel adds to a small datagram that waits to be read (struct sk_buff and its shared info). */
const KERNEL_BYTES = 512;

/** A client dallies for less time than a server, since its caller waits for it to return. */
const CLIENT_DALLY_MS = 250;

/**
 * Reads a file from a server into `into`; resolves when it is committed.
 *
 * Faults: `tftp/peer`, `tftp/timeout`, `tftp/protocol` (also for a byte more than was announced), `tftp/option`,
 * `tftp/too-large` (announced or sent more than the limits), `tftp/closed` (aborted), and those of `into`.
 */
export function receiveFile(
  transport: Transport,
  settings: ClientSettings & ReadLimits & { readonly into: WritableFile },
): Promise<TransferStatistics> {
  return new Promise((resolve, reject) => {
    begin(transport, settings, { kind: 'read', into: settings.into, limits: settings }, { resolve, reject });
  });
}

/** How many bytes a client accepts, counted as it keeps them. */
export interface ReadLimits {
  /** At most; as many as the server announces where it is not given. */
  readonly limit?: number;
  /** At most where the server does not announce the size; `limit` where it is not given. */
  readonly unannouncedLimit?: number | undefined;
}

/** Writes a file to a server; resolves when its last block is acknowledged. Faults: as `receiveFile`. */
export function sendFile(
  transport: Transport,
  settings: ClientSettings & { readonly file: ReadableFile },
): Promise<TransferStatistics> {
  return new Promise((resolve, reject) => {
    const file = settings.mode === 'netascii' ? netasciiReadable(settings.file) : settings.file;
    begin(transport, settings, { kind: 'write', file }, { resolve, reject });
  });
}

/** Reads a file of at most `limit` bytes into memory. Faults: as `receiveFile`. */
export async function fetchBytes(
  transport: Transport,
  settings: ClientSettings & ReadLimits & { readonly limit: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const into = new MemoryWritableFile(settings.limit);
  await receiveFile(transport, { ...settings, into });
  return into.bytes;
}

type Work =
  | { readonly kind: 'read'; readonly into: WritableFile; readonly limits: ReadLimits }
  | { readonly kind: 'write'; readonly file: ReadableFile };

interface Promised {
  resolve(statistics: TransferStatistics): void;
  reject(error: unknown): void;
}

/** Starts a client; one that cannot start lets go of its file as one that failed does. */
function begin(transport: Transport, settings: ClientSettings, work: Work, promised: Promised): void {
  let client: Client;
  try {
    client = new Client(transport, settings, work, promised);
  } catch (error) {
    release(work);
    throw error;
  }
  client.start();
}

const smaller = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

function release(work: Work): void {
  if (work.kind === 'read') work.into.abort();
  else work.file.close?.();
}

class Client {
  readonly #transport: Transport;
  readonly #settings: ClientSettings;
  readonly #work: Work;
  readonly #promised: Promised;
  #requested: OptionValues;
  readonly #retry: RetryPolicy;
  readonly #server: Peer;
  readonly #endpoint: Endpoint;
  readonly #timer: RetransmissionTimer;
  #requesting: RequestingState;
  #transfer: Transfer | undefined;
  #reporter: TransferReporter | undefined;
  #over = false;

  constructor(transport: Transport, settings: ClientSettings, work: Work, promised: Promised) {
    const { address, blockSize, port, timeoutSeconds, windowSize } = settings;
    // Read back, so that a value out of range is refused here, before anything is opened or sent.
    const asked: { -readonly [Name in keyof OptionValues]: OptionValues[Name] } = parseOptions(
      printOptions({
        ...(settings.transferSize !== false && { tsize: work.kind === 'read' ? 0 : work.file.size }),
        ...(blockSize !== undefined && { blksize: blockSize }),
        ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds }),
        ...(windowSize !== undefined && { windowsize: windowSize }),
      }),
    );
    this.#transport = transport;
    this.#settings = settings;
    this.#work = work;
    this.#promised = promised;
    this.#server = { address, port: port ?? TFTP_PORT };
    this.#retry = retryPolicyOf({ dallyMs: CLIENT_DALLY_MS, ...settings.retry }, timeoutSeconds);
    this.#requesting = newRequesting(this.#retry);
    this.#timer = new RetransmissionTimer(transport, () =>
      this.#stepRequest({ kind: 'timeout', now: transport.now() }),
    );
    const any = address.includes(':') ? '::' : '0.0.0.0';
    this.#endpoint = transport.bind({ address: any, port: 0 }, (datagram, from) => this.#arrived(datagram, from));
    if (asked.windowsize !== undefined) asked.windowsize = this.#fitting(asked.windowsize);
    this.#requested = asked;
  }

  /**
   * The window that this end can hold while it looks elsewhere: the tail of a larger one is lost again and again, and
   * each time only a time-out tells. The kernel counts its own bookkeeping, about as much as the data.
   */
  #fitting(windowSize: number): number {
    const { blockSize = DEFAULT_BLOCK_BYTES } = this.#settings;
    const blocks = Math.floor(this.#endpoint.receiveBufferBytes / (2 * (blockSize + KERNEL_BYTES)));
    return Math.max(1, Math.min(windowSize, blocks));
  }

  start(): void {
    const { signal } = this.#settings;
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (signal?.aborted === true) this.#abort();
    else this.#stepRequest({ kind: 'start', now: this.#transport.now() });
  }

  readonly #abort = (): void => {
    const fault = new Fault('tftp/closed', { reason: tftpMessage('tftp/aborted') });
    if (this.#transfer === undefined) this.#fail(fault);
    else this.#transfer.close(fault);
  };

  #stepRequest(event: RequestingEvent): void {
    const [state, actions] = stepRequesting(this.#requesting, event);
    this.#requesting = state;
    for (const action of actions) {
      if (action.kind === 'open') this.#endpoint.send(writePacket(this.#request()), this.#server);
      else if (action.kind === 'wait') this.#timer.set(action.delayMs, event.now);
      else if (action.kind === 'end') this.#fail(faultOf(action.outcome, this.#server));
    }
  }

  /** A server that refuses our options may still give the file without them (RFC 2347, "Negotiation Protocol"). */
  #requestWithoutOptions(): void {
    this.#requested = {};
    this.#requesting = newRequesting(this.#retry);
    this.#stepRequest({ kind: 'start', now: this.#transport.now() });
  }

  #request(): Packet {
    const { name, mode = 'octet' } = this.#settings;
    return { kind: this.#work.kind, name, mode, options: printOptions(this.#requested) };
  }

  #arrived(datagram: Uint8Array, from: Peer): void {
    if (this.#over) return;
    if (this.#transfer !== undefined) {
      this.#transfer.receive(datagram, from);
      return;
    }
    // The answer comes from a port of the server's choice, but from its address.
    if (from.address !== this.#server.address) {
      rejectUnknownTid(this.#endpoint, datagram, from);
      return;
    }
    try {
      this.#answered(readPacket(datagram), datagram, from);
    } catch (error) {
      if (!isFault(error)) throw error;
      // A datagram that is no packet counts as lost; everything else is the answer, and it does not do.
      if (error.code === 'tftp/malformed' || error.code === 'tftp/mode') return;
      this.#endpoint.send(writePacket(refusalOf(error)), from);
      this.#fail(error);
    }
  }

  #answered(packet: Packet, datagram: Uint8Array, from: Peer): void {
    const { kind } = this.#work;
    const peer = printPeer(from);
    switch (packet.kind) {
      case 'error':
        if (packet.number === ERROR.options && Object.keys(this.#requested).length > 0) {
          this.#requestWithoutOptions();
          break;
        }
        this.#fail(new Fault('tftp/peer', { peer, number: packet.number, text: packet.text }));
        break;
      case 'optionAcknowledge':
        this.#begin(from, acceptOptions(this.#requested, packet.options, kind), 'acknowledge').start();
        break;
      case 'data':
        if (kind !== 'read') throw new Fault('tftp/protocol', { peer, reason: tftpMessage('tftp/data-for-write') });
        if (packet.block === 1) this.#begin(from, DEFAULT_PARAMETERS, 'none').receive(datagram, from);
        break;
      case 'acknowledge':
        if (kind !== 'write') throw new Fault('tftp/protocol', { peer, reason: tftpMessage('tftp/ack-for-read') });
        if (packet.block === 0) this.#begin(from, DEFAULT_PARAMETERS, 'none').start();
        break;
      case 'read':
      case 'write':
        throw new Fault('tftp/protocol', { peer, reason: tftpMessage('tftp/request-for-request') });
    }
  }

  #begin(peer: Peer, parameters: TransferParameters, opening: 'acknowledge' | 'none'): Transfer {
    const work = this.#work;
    const size = work.kind === 'write' ? work.file.size : parameters.transferSize;
    const into = work.kind === 'read' ? this.#bounded(work, peer, parameters.transferSize) : undefined;
    this.#timer.cancel();
    const { name, mode = 'octet', observe = () => {}, rollover } = this.#settings;
    const direction = work.kind === 'read' ? 'receive' : 'send';
    const about = { id: 1, peer, direction, name, ...(size !== undefined && { size }) } as const;
    const reporter = new TransferReporter({ ...about, observe, transport: this.#transport });
    this.#reporter = reporter;
    observe({
      kind: 'started',
      ...about,
      mode,
      blockSize: parameters.blockSize,
      windowSize: parameters.windowSize,
      asked: this.#requested,
    });
    const options: TransferOptions = {
      connection: { transport: this.#transport, endpoint: this.#endpoint, peer },
      reporter,
      onSettled: (fault) => this.#settled(fault),
      onEnd: () => this.#close(),
    };
    const common = { parameters, retry: this.#retry };
    this.#transfer =
      work.kind === 'read'
        ? new Receiving(options, { ...common, into: into ?? work.into, rollover: rollover ?? 'auto', opening })
        : new Sending(options, { ...common, name, file: work.file, rollover: rollover ?? 0 });
    return this.#transfer;
  }

  /**
   * Where a file goes that may have no more bytes than the limits and the server say. A size that is announced counts
   * the bytes that travel, which in netascii are not those that are kept. Faults `tftp/too-large` for such a size.
   */
  #bounded({ into, limits }: Extract<Work, { kind: 'read' }>, peer: Peer, announced: number | undefined): WritableFile {
    const text = this.#settings.mode === 'netascii';
    const limit = announced === undefined ? smaller(limits.unannouncedLimit, limits.limit) : limits.limit;
    const tooLarge = (size: number): Fault => new Fault('tftp/too-large', { size, limit: limit ?? size });
    if (announced !== undefined && limit !== undefined && announced > limit) throw tooLarge(announced);
    const kept = limit === undefined ? into : boundedWritable(into, limit, tooLarge);
    if (text) return netasciiWritable(kept);
    if (announced === undefined) return kept;
    return boundedWritable(kept, announced, () => {
      const reason = tftpMessage('tftp/more-than-announced', { size: announced });
      return new Fault('tftp/protocol', { peer: printPeer(peer), reason });
    });
  }

  #settled(fault: Fault | undefined): void {
    this.#settings.signal?.removeEventListener('abort', this.#abort);
    if (fault !== undefined) this.#promised.reject(fault);
    else if (this.#reporter !== undefined) this.#promised.resolve(this.#reporter.statistics);
  }

  /** Ends a transfer that never began. */
  #fail(fault: Fault | undefined): void {
    release(this.#work);
    this.#settled(fault);
    this.#close();
  }

  #close(): void {
    this.#over = true;
    this.#timer.cancel();
    this.#endpoint.close();
  }
}
