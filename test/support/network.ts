import { Fault } from '../../src/fault.ts';
import {
  type Endpoint,
  type Peer,
  printPeer,
  type Receive,
  type Transport,
  type TransportTimer,
} from '../../src/tftp/transport.ts';
import { Simulation, type Weather } from './channel.ts';

export const CALM: Weather = { drop: 0, duplicate: 0, reorder: 0, delayMs: 1 };

/** A network of hosts in one process, on a simulated clock: servers and clients run on it without a socket. */
export class Network {
  readonly simulation: Simulation;
  weather: Weather;
  /** Every datagram that was sent, lost or not. */
  readonly traffic: { readonly from: Peer; readonly to: Peer; readonly datagram: Uint8Array }[] = [];
  readonly #bound = new Map<string, Receive>();
  readonly #buffer = new Uint8Array(1 << 17);
  #nextPort = 50_000;

  constructor(seed = 1, weather = CALM) {
    this.simulation = new Simulation(seed);
    this.weather = weather;
  }

  /** How many endpoints are bound: none when everything was closed. */
  get endpoints(): number {
    return this.#bound.size;
  }

  /** The transport of a host with this address. */
  host(address: string): Transport {
    return {
      sendBuffer: this.#buffer,
      now: () => this.simulation.now,
      after: (delayMs, body) => this.#after(delayMs, body),
      bind: (local, receive) => this.#bind({ address, port: local.port }, receive),
    };
  }

  /** Runs the clock until the promise settles or nothing more can happen. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => {});
    while (!settled) {
      const quiet = this.simulation.run(1);
      // Let whatever waits for this step go on.
      await new Promise((resolve) => setImmediate(resolve));
      if (quiet && !settled) throw new Error('nothing more can happen on the network');
    }
    return watched;
  }

  /** Lets everything that is under way end. */
  settle(limit = 1_000_000): void {
    if (!this.simulation.run(limit)) throw new Error('the network does not come to rest');
  }

  #after(delayMs: number, body: () => void): TransportTimer {
    let cancelled = false;
    this.simulation.after(delayMs, () => {
      if (!cancelled) body();
    });
    return {
      cancel() {
        cancelled = true;
      },
    };
  }

  #bind(wanted: Peer, receive: Receive): Endpoint {
    const local = wanted.port === 0 ? { ...wanted, port: this.#nextPort++ } : wanted;
    const key = printPeer(local);
    if (this.#bound.has(key)) throw new Fault('linux/syscall', { call: 'bind', errno: 'EADDRINUSE', number: 98 });
    this.#bound.set(key, receive);
    const send = (datagram: Uint8Array, to: Peer): void => {
      if (this.#bound.get(key) !== receive) throw new Error('send on a closed endpoint');
      const copy = datagram.slice();
      this.traffic.push({ from: local, to, datagram: copy });
      this.simulation.carry(this.weather, () => this.#bound.get(printPeer(to))?.(copy, local));
    };
    return {
      local,
      receiveBufferBytes: Number.POSITIVE_INFINITY,
      send,
      sendSegments: (size, segment, peer) => {
        let count = 0;
        for (let at = 0; at < size; at += segment, count++) {
          send(this.#buffer.subarray(at, Math.min(at + segment, size)), peer);
        }
        return count;
      },
      whenWritable: () => {},
      close: () => this.#bound.delete(key),
    };
  }
}
