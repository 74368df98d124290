import { utf8 } from '../binary/index.ts';
import { parseJson, printJsonFlaw } from '../binary/internal.ts';
import { Fault, type Message } from '../fault.ts';
import type { Peer } from '../tftp/index.ts';
import { deviceCounters, MAX_COUNTER, type RollbackCounters } from './counters.ts';
import { type BootReport, type BootStep, type ChainStage, chainStages, stageNamed } from './report.ts';
import { serveMessage } from './serve-messages.ts';

/**
 * What a board says of its own boot. Nobody vouches for it: whoever reaches the server can say anything, so it is shown
 * and kept, and nothing is ever decided by it.
 */
export interface BoardReport {
  readonly verdict: 'verified' | 'refused';
  /** The stage at which it was refused. */
  readonly stage?: ChainStage;
  /** Why it was refused. */
  readonly reason?: string;
  /** The rollback counters that it may store from now on, where everything verified. */
  readonly counters?: RollbackCounters;
  /** What it checked, in order; empty where the board told its verdict alone. */
  readonly steps: readonly BoardStep[];
}

/** A step of a board's own report of its boot. */
export interface BoardStep {
  readonly stage: ChainStage;
  readonly check: string;
  readonly file: string;
  readonly verdict: 'verified' | 'refused';
  /** Who vouched. */
  readonly by?: string;
  /** Code of the fault for which it was refused. */
  readonly code?: string;
}

/** A board has said how its boot ended. */
export interface ReportEvent {
  readonly kind: 'report';
  readonly peer: Peer;
  /** What the board calls itself. */
  readonly name: string;
  /** Said by the board; nobody vouches for it. */
  readonly report: BoardReport;
}

/** The one folder that boards may write to. */
export const REPORT_FOLDER = 'reports';
/** A boot has a dozen steps; this has room for five times as many. */
export const MAX_REPORT_BYTES = 16 * 1024;
const MAX_STEPS = 64;
const MAX_TEXT = 400;
const VERSION = 1;

/** Whether a board may go by this name: letters, digits, `.`, `_` and `-`, as host names and serial numbers have. */
export const isReportName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name);

/** The report of a boot as it travels: JSON that `parseBoardReport` takes, long texts cut. */
export function printBoardReport({
  verdict,
  stage,
  steps,
  counters,
}: Pick<BootReport, 'verdict' | 'stage' | 'steps' | 'counters'>): Uint8Array {
  if (verdict === 'consistent') throw new Error('a board that reports has an anchor');
  const refusal = steps.find((step) => step.verdict === 'refused')?.fault;
  const report: BoardReport = {
    verdict,
    ...(stage === undefined ? {} : { stage }),
    ...(refusal === undefined ? {} : { reason: fitting(refusal.message) }),
    ...(counters === undefined ? {} : { counters }),
    steps: steps.slice(0, MAX_STEPS).map(stepOf),
  };
  return utf8(JSON.stringify({ version: VERSION, ...report }));
}

/**
 * Parses what a board sent: JSON as `printBoardReport` writes it, or lines `verdict=…`, `stage=…`, `reason=…` as U-Boot's
 * `env export -t` writes them. Unknown keys, control characters and contradictions are refused. Faults
 * `boot/board-report`.
 */
export function parseBoardReport(bytes: Uint8Array, name: string): BoardReport {
  const bad = (reason: Message): Fault => new Fault('boot/board-report', { name, reason });
  if (bytes.length > MAX_REPORT_BYTES) throw bad(serveMessage('report/too-long', { limit: MAX_REPORT_BYTES }));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('boot/board-report', { name, reason: serveMessage('report/not-utf8') }, { cause });
  }
  const report = text.startsWith('{') ? fromJson(text, bad) : fromLines(text, bad);
  if (report.verdict === 'refused' && report.stage === undefined) throw bad(serveMessage('report/no-stage'));
  const refusals = report.steps.filter(({ verdict }) => verdict === 'refused').length;
  if (report.verdict === 'verified' && (report.stage !== undefined || report.reason !== undefined || refusals > 0)) {
    throw bad(serveMessage('report/contradiction'));
  }
  if (report.verdict === 'refused' && report.counters !== undefined) throw bad(serveMessage('report/counters'));
  return report;
}

type Refuse = (reason: Message) => Fault;

function fromJson(text: string, bad: Refuse): BoardReport {
  const read = parseJson(text);
  if ('flaw' in read) throw bad(serveMessage('report/not-json', { flaw: printJsonFlaw(read.flaw) }));
  const { version, steps, counters, ...rest } = only(
    ['version', 'verdict', 'stage', 'reason', 'counters', 'steps'],
    read.value,
    'the report',
    bad,
  );
  if (version !== VERSION) throw bad(serveMessage('report/version', { version: VERSION }));
  if (!Array.isArray(steps) || steps.length > MAX_STEPS) throw bad(serveMessage('report/steps', { limit: MAX_STEPS }));
  return {
    ...verdictFrom(rest, bad),
    ...(counters === undefined ? {} : { counters: countersIn(counters, bad) }),
    steps: steps.map((step) => parseStep(step, bad)),
  };
}

/** The last line may end with NULs: `env export -s SIZE` pads with them. */
function fromLines(text: string, bad: Refuse): BoardReport {
  const fields: Record<string, string> = {};
  for (const line of text.replace(/\0+$/, '').split('\n')) {
    if (line === '') continue;
    const [, key = '', value = ''] = /^(verdict|stage|reason)=(.*)$/.exec(line) ?? [];
    if (key === '') throw bad(serveMessage('report/line'));
    if (key in fields) throw bad(serveMessage('report/twice', { key }));
    fields[key] = value;
  }
  return { ...verdictFrom(fields, bad), steps: [] };
}

function verdictFrom(fields: Readonly<Record<string, unknown>>, bad: Refuse): Omit<BoardReport, 'steps'> {
  const { verdict, stage, reason } = fields;
  return {
    verdict: oneOf(VERDICTS, verdict, 'verdict', bad),
    ...(stage === undefined ? {} : { stage: oneOf(chainStages, stageNamed(stage), 'stage', bad) }),
    ...(reason === undefined ? {} : { reason: textIn(reason, 'reason', bad) }),
  };
}

function parseStep(value: unknown, bad: Refuse): BoardStep {
  const { stage, check, file, verdict, by, code } = only(
    ['stage', 'check', 'file', 'verdict', 'by', 'code'],
    value,
    'a step',
    bad,
  );
  return {
    stage: oneOf(chainStages, stageNamed(stage), 'stage', bad),
    check: textIn(check, 'check', bad),
    file: textIn(file, 'file', bad),
    verdict: oneOf(VERDICTS, verdict, 'verdict', bad),
    ...(by === undefined ? {} : { by: textIn(by, 'by', bad) }),
    ...(code === undefined ? {} : { code: textIn(code, 'code', bad) }),
  };
}

function countersIn(value: unknown, bad: Refuse): RollbackCounters {
  const counters = only(COUNTERS, value, 'counters', bad);
  for (const counter of Object.values(counters)) {
    if (typeof counter !== 'number' || !Number.isInteger(counter) || counter < 0 || counter > MAX_COUNTER) {
      throw bad(serveMessage('report/counter'));
    }
  }
  return counters as RollbackCounters;
}

const COUNTERS = [...new Set(Object.values(deviceCounters).flat())];
const VERDICTS = ['verified', 'refused'] as const;

/** The members of an object that has known keys alone. */
function only<Key extends string>(
  keys: readonly Key[],
  value: unknown,
  what: string,
  bad: Refuse,
): { readonly [Each in Key]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(serveMessage('report/not-object', { member: what }));
  const known: readonly string[] = keys;
  if (Object.keys(value).some((key) => !known.includes(key)))
    throw bad(serveMessage('report/unknown-key', { member: what }));
  return value as { readonly [Each in Key]: unknown };
}

function oneOf<Value extends string>(values: readonly Value[], given: unknown, what: string, bad: Refuse): Value {
  const found = values.find((value) => value === given);
  if (found === undefined) throw bad(serveMessage('report/not-one-of', { member: what, values: values.join(', ') }));
  return found;
}

/** Control and format characters, which turn text around or move a terminal's cursor, and what is no character. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function textIn(given: unknown, what: string, bad: Refuse): string {
  if (typeof given !== 'string' || given.length > MAX_TEXT)
    throw bad(serveMessage('report/not-text', { member: what, limit: MAX_TEXT }));
  if (given.search(UNSAFE) >= 0) throw bad(serveMessage('report/control-character', { member: what }));
  return given;
}

function stepOf({ stage, check, file, verdict, by, fault }: BootStep): BoardStep {
  return {
    stage,
    check: fitting(check.text),
    file: fitting(file),
    verdict: verdict === 'refused' ? 'refused' : 'verified',
    ...(by === undefined ? {} : { by: fitting(by.text) }),
    ...(fault === undefined ? {} : { code: fault.code }),
  };
}

const fitting = (text: string): string => {
  const safe = text.replaceAll(UNSAFE, '?');
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT - 1)}…` : safe;
};
