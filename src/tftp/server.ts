import { Fault, isFault } from '../fault.ts';
import { rejectUnknownTid } from './connection.ts';
import { ServerCounters } from './counters.ts';
import type { TransferEvent } from './events.ts';
import { tftpMessage } from './messages.ts';
import { negotiate } from './negotiate.ts';
import { parseOptions } from './options.ts';
import { OPCODE, type Request, readPacket, writePacket } from './packet.ts';
import { profileOf } from './profile.ts';
import { refusalOf } from './refusal.ts';
import { TransferReporter } from './reporter.ts';
import { DEFAULT_SERVER_LIMITS, type ServerLimits, type ServerSettings } from './settings.ts';
import type { Transfer } from './transfer.ts';
import { type Endpoint, type Peer, printPeer, TFTP_PORT, type Transport } from './transport.ts';

/** A board repeats its request about once a second; copies in the network are younger. */
const QUIET_MS = 1000;

interface RunningTransfer {
  readonly peer: Peer;
  readonly request: Uint8Array;
  readonly transfer: Transfer;
  readonly endpoint: Endpoint;
}

/** A TFTP server on a transport. It binds when it is made: `socket/bind` for a port in use or not allowed. */
export class TftpServer {
  readonly #transport: Transport;
  readonly #settings: ServerSettings;
  readonly #limits: ServerLimits;
  readonly #listener: Endpoint;
  readonly #counters = new ServerCounters();
  readonly #transfers = new Map<string, RunningTransfer>();
  readonly #perAddress = new Map<string, number>();
  #nextId = 1;
  #state: 'open' | 'draining' | 'closed' = 'open';
  #drained: (() => void)[] = [];

  constructor(transport: Transport, settings: ServerSettings) {
    this.#transport = transport;
    this.#settings = settings;
    this.#limits = { ...DEFAULT_SERVER_LIMITS, ...settings.limits };
    this.#listener = transport.bind(
      { address: settings.address ?? '127.0.0.1', port: settings.port ?? TFTP_PORT },
      (datagram, peer, destination) => this.#arrived(datagram, peer, destination),
      { destinations: settings.singlePort !== true },
    );
  }

  /** Where the server listens; the port is the one that the kernel chose. */
  get local(): Peer {
    return this.#listener.local;
  }

  /** How many transfers are running. */
  get active(): number {
    return this.#transfers.size;
  }

  /** The counters in the Prometheus text format. */
  metrics(): string {
    return this.#counters.print(this.active);
  }

  /** Takes no new requests, lets the running transfers end, then closes. */
  drain(): Promise<void> {
    if (this.#state === 'open') this.#state = 'draining';
    if (this.#state === 'closed') return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#closeIfDrained();
    });
  }

  /** Gives all transfers up, telling their peers, and frees the port. Closing twice is fine. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'draining';
    const fault = new Fault('tftp/closed', { reason: tftpMessage('tftp/server-closed') });
    for (const { transfer } of [...this.#transfers.values()]) transfer.close(fault);
    this.#closeIfDrained();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #closeIfDrained(): void {
    if (this.#state !== 'draining' || this.#transfers.size > 0) return;
    this.#state = 'closed';
    this.#listener.close();
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #arrived(datagram: Uint8Array, peer: Peer, destination: string | undefined): void {
    // Nothing can be sent to port 0, and no honest peer sends from it.
    if (peer.port === 0) return;
    const opcode = datagram.length < 2 ? 0 : (datagram[0]! << 8) | datagram[1]!;
    if (opcode >= OPCODE.data && opcode <= OPCODE.optionAcknowledge) {
      this.#continued(datagram, peer);
      return;
    }
    try {
      const packet = readPacket(datagram);
      if (packet.kind === 'read' || packet.kind === 'write') {
        this.#requested(packet, datagram, peer, destination);
      }
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#refuse(error, peer, destination);
    }
  }

  /** A packet of a running transfer on the listening port: right in single-port mode, a stray otherwise. */
  #continued(datagram: Uint8Array, peer: Peer): void {
    const running = this.#settings.singlePort === true ? this.#transfers.get(printPeer(peer)) : undefined;
    if (running !== undefined) running.transfer.receive(datagram, peer);
    else if (this.#settings.singlePort === true) rejectUnknownTid(this.#listener, datagram, peer);
  }

  #requested(request: Request, datagram: Uint8Array, peer: Peer, destination: string | undefined): void {
    const key = printPeer(peer);
    const running = this.#transfers.get(key);
    if (running !== undefined) {
      if (sameBytes(running.request, datagram) && !this.#isQuiet(running)) return;
      // Silently: from a single port, the ERROR would look like the answer to the new request.
      running.transfer.close(new Fault('tftp/closed', { reason: tftpMessage('tftp/new-request') }), true);
    }
    this.#counters.requested(request.kind);
    try {
      this.#admit(peer);
      this.#start(request, datagram.slice(), peer, destination);
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#refuse(error, peer, destination, request.name);
    }
  }

  /**
   * Whether a request that comes again means that its board started again. While the transfer moves, or waits for its
   * first answer (which its own timer repeats), it is a copy that the network made.
   */
  #isQuiet({ transfer }: RunningTransfer): boolean {
    return transfer.heardAt !== undefined && this.#transport.now() - transfer.heardAt > QUIET_MS;
  }

  #admit(peer: Peer): void {
    const { transfers, transfersPerAddress } = this.#limits;
    if (this.#state !== 'open') throw new Fault('tftp/closed', { reason: tftpMessage('tftp/server-closing') });
    if (this.#transfers.size >= transfers) {
      throw new Fault('tftp/busy', { peer: printPeer(peer), limit: transfers, scope: 'server' });
    }
    if ((this.#perAddress.get(peer.address) ?? 0) >= transfersPerAddress) {
      throw new Fault('tftp/busy', { peer: printPeer(peer), limit: transfersPerAddress, scope: 'address' });
    }
  }

  #start(request: Request, datagram: Uint8Array, peer: Peer, destination: string | undefined): void {
    const asked = parseOptions(request.options);
    const profile = profileOf(this.#settings.profile ?? 'auto', request, asked);
    const negotiated = negotiate({ request, asked, peer, profile, settings: this.#settings, limits: this.#limits });
    const { size, parameters } = negotiated;
    const { name, mode } = request;
    const key = printPeer(peer);
    let endpoint = this.#listener;
    if (this.#settings.singlePort !== true) {
      try {
        endpoint = this.#bindFor(key, destination);
      } catch (error) {
        negotiated.discard();
        throw error;
      }
    }
    const id = this.#nextId++;
    const direction = request.kind === 'read' ? 'send' : 'receive';
    const reporter = new TransferReporter({
      id,
      peer,
      direction,
      name,
      transport: this.#transport,
      observe: (event) => this.#observe(event),
      ...(size !== undefined && { size }),
    });
    const connection = { transport: this.#transport, endpoint, peer };
    const transfer = negotiated.build({ connection, reporter, onEnd: () => this.#ended(key) });
    this.#transfers.set(key, { peer, request: datagram, transfer, endpoint });
    this.#perAddress.set(peer.address, (this.#perAddress.get(peer.address) ?? 0) + 1);
    this.#observe({
      kind: 'started',
      id,
      peer,
      direction,
      name,
      mode,
      ...(size !== undefined && { size }),
      blockSize: parameters.blockSize,
      windowSize: parameters.windowSize,
      asked,
      ...(profile !== undefined && { profile: profile.name }),
    });
    transfer.start();
  }

  #bindFor(key: string, destination: string | undefined): Endpoint {
    const address = destination ?? this.#listener.local.address;
    return this.#transport.bind({ address, port: 0 }, (datagram, from) =>
      this.#transfers.get(key)?.transfer.receive(datagram, from),
    );
  }

  #ended(key: string): void {
    const ended = this.#transfers.get(key);
    if (ended === undefined) return;
    this.#transfers.delete(key);
    const { address } = ended.peer;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
    if (ended.endpoint !== this.#listener) ended.endpoint.close();
    this.#closeIfDrained();
  }

  #observe(event: TransferEvent): void {
    this.#counters.count(event);
    this.#settings.observe?.(event);
  }

  #refuse(fault: Fault, peer: Peer, destination: string | undefined, name?: string): void {
    const { code, message } = fault;
    this.#observe({ kind: 'refused', peer, ...(name !== undefined && { name }), code, message });
    const packet = writePacket(refusalOf(fault));
    if (destination === undefined) {
      this.#listener.send(packet, peer);
      return;
    }
    // From the address that was asked: the listening socket would answer from any.
    try {
      const endpoint = this.#transport.bind({ address: destination, port: 0 }, () => {});
      endpoint.send(packet, peer);
      endpoint.close();
    } catch (error) {
      // An endpoint cannot be bound to a multicast address, and a request to it is not answered (RFC 1123 §4.2.3.5).
      if (!isFault(error)) throw error;
    }
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
