import { expect } from 'vitest';
import { Fault, type FaultCode, type Faults, type Message } from '../../src/fault.ts';

/** A part of a context; a message in it may be expected by its English text. */
type Expected<Context> = {
  readonly [Key in keyof Context]?: Message extends Context[Key] ? Context[Key] | string : Context[Key];
};

/** Runs an action that must throw a fault of this code, with at least this context; gives the fault back. */
export function expectFault<Code extends FaultCode>(
  action: () => unknown,
  code: Code,
  context: Expected<Faults[Code]> = {},
): Fault<Code> {
  let thrown: unknown = 'nothing was thrown';
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  return checkFault(thrown, code, context);
}

/** As `expectFault`, for an action that rejects. */
export async function expectFaultAsync<Code extends FaultCode>(
  action: () => Promise<unknown>,
  code: Code,
  context: Expected<Faults[Code]> = {},
): Promise<Fault<Code>> {
  let thrown: unknown = 'nothing was thrown';
  try {
    await action();
  } catch (error) {
    thrown = error;
  }
  return checkFault(thrown, code, context);
}

/** Runs a reader over hostile input: it may return or throw a Fault; any other throw fails the test. */
export function onlyFaults(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

function checkFault<Code extends FaultCode>(thrown: unknown, code: Code, context: Expected<Faults[Code]>): Fault<Code> {
  if (!(thrown instanceof Fault)) throw thrown instanceof Error ? thrown : new Error(String(thrown));
  expect({ code: thrown.code, message: thrown.message }).toMatchObject({ code });
  expect(asExpected(thrown.context, context)).toMatchObject(context);
  return thrown as Fault<Code>;
}

/** The context, with the text of each message that is expected by its text. */
function asExpected(context: object, expected: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [
      key,
      isTextual(expected[key]) && isMessage(value) ? value.text : value,
    ]),
  );
}

/** A text, or a matcher of texts. */
const isTextual = (expected: unknown): boolean =>
  typeof expected === 'string' ||
  /^String/.test(String((expected as { readonly toString?: unknown } | undefined) ?? ''));

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && 'text' in value;
