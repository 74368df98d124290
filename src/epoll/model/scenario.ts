import { type Arrival, type Program, type Scenario, waitCalls } from './program.ts';

const CLIENTS: readonly string[] = ['A', 'B'];
const MAX_ARRIVALS = 64;
const MAX_AT = 1000;
/** The limit of every number of a program; only `budget` may be 0. */
const MAX_NUMBER = 64;

/** A scenario from untrusted JSON text; `undefined` where it is not one, or larger than a lesson needs. */
export function parseScenario(text: string): Scenario | undefined {
  const value = parse(text);
  const { clients, arrivals, program } = fields(value);
  if (!Array.isArray(clients) || clients.length < 1 || clients.length > CLIENTS.length) return undefined;
  if (!clients.every((client, i) => client === CLIENTS[i])) return undefined;
  if (!Array.isArray(arrivals) || arrivals.length > MAX_ARRIVALS) return undefined;
  const names: readonly string[] = CLIENTS.slice(0, clients.length);
  const read = arrivals.map((one: unknown) => parseArrival(one, names));
  const checked = parseProgram(program);
  if (checked === undefined || read.includes(undefined)) return undefined;
  return { clients: names, arrivals: read.filter((one) => one !== undefined), program: checked };
}

function parseArrival(value: unknown, names: readonly string[]): Arrival | undefined {
  const { at, client, bytes } = fields(value);
  if (!isNumber(at, 0, MAX_AT) || typeof client !== 'string' || !names.includes(client)) return undefined;
  if (bytes === 'end') return { at, client, bytes };
  return isNumber(bytes, 1, MAX_NUMBER) ? { at, client, bytes } : undefined;
}

function parseProgram(value: unknown): Program | undefined {
  const { wait, trigger, readSize, drain, budget, oneShot, rearm, closeOnHangup, limit } = fields(value);
  const known = waitCalls.find((name) => name === wait);
  if (known === undefined) return undefined;
  if (trigger !== 'level' && trigger !== 'edge') return undefined;
  if (!isNumber(readSize, 1, MAX_NUMBER) || !isNumber(budget, 0, MAX_NUMBER) || !isNumber(limit, 1, MAX_NUMBER))
    return undefined;
  if (typeof drain !== 'boolean' || typeof oneShot !== 'boolean') return undefined;
  if (typeof rearm !== 'boolean' || typeof closeOnHangup !== 'boolean') return undefined;
  return { wait: known, trigger, readSize, drain, budget, oneShot, rearm, closeOnHangup, limit };
}

const isNumber = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
