import type { BootReport, ChainStage } from '../../boot/index.ts';
import { printFault } from '../chain/step-text.ts';

/** What a boot should come to. */
export interface Expectation {
  readonly name: string;
  readonly verdict: 'verified' | 'refused';
  readonly stage?: ChainStage;
  /** Any of them. */
  readonly codes?: readonly string[];
  readonly file?: string;
  /** Offset of the byte that was flipped. */
  readonly alteredAt?: number;
}

/** What it came to. */
export interface Outcome {
  readonly case: string;
  readonly verdict: BootReport['verdict'];
  readonly asExpected: boolean;
  readonly file?: string | undefined;
  readonly alteredAt?: number | undefined;
  readonly stage?: ChainStage | undefined;
  readonly code?: string | undefined;
  readonly offset?: number | undefined;
  readonly message?: string | undefined;
  readonly expected: Pick<Expectation, 'verdict' | 'stage' | 'codes'>;
  readonly steps: BootReport['steps'];
}

/** Holds a report against what was expected of it: verdict, stage and code. */
export function judge({ name, verdict, stage, codes, file, alteredAt }: Expectation, report: BootReport): Outcome {
  const refusal = report.steps.find((step) => step.verdict === 'refused');
  const { code } = refusal?.fault ?? {};
  const rightCode = code === undefined ? codes === undefined : codes?.includes(code) === true;
  const asExpected = report.verdict === verdict && report.stage === stage && rightCode;
  return {
    case: name,
    verdict: report.verdict,
    asExpected,
    file,
    alteredAt,
    stage: report.stage,
    code,
    offset: refusal?.fault?.offset,
    message: refusal?.fault?.message,
    expected: { verdict, ...(stage !== undefined && { stage }), ...(codes !== undefined && { codes }) },
    steps: report.steps,
  };
}

/** Lines for a person: what was altered, and why it was refused. */
export function printOutcome(outcome: Outcome): string[] {
  const { asExpected, verdict, stage, file, alteredAt = 0, expected } = outcome;
  const where = `${outcome.case} (${file} at 0x${alteredAt.toString(16)})`;
  const wrong = asExpected
    ? ''
    : `  EXPECTED ${expected.verdict} at ${expected.stage} with ${expected.codes?.join(' or ')}`;
  if (verdict === 'verified') return [`✗ VERIFIED ${where}${wrong}`];
  const fault = printFault({ code: outcome.code ?? '', message: outcome.message ?? '' });
  return [`${asExpected ? '✓' : '✗'} refused at ${(stage ?? '').padEnd(10)} ${where}`, `    ${fault}${wrong}`];
}

/** The last line of a demo. */
export function summarise(outcomes: readonly Outcome[]): string {
  const good = outcomes.filter(({ asExpected }) => asExpected).length;
  const refused = outcomes.filter(({ verdict }) => verdict === 'refused').length;
  return `${good} of ${outcomes.length} verdicts as expected: ${outcomes.length - refused} verified, ${refused} refused`;
}
