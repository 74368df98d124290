import { inspectMessage } from './messages.ts';
import { plain } from './print.ts';
import type { Judgement, Verdict } from './verdict.ts';

/** A judgement as text: the verdict on every file with its reasons, then on all that boots, and what is missing. */
export function printJudgement({ files, verdict, missing }: Judgement): string[] {
  const isOne = files.length === 1;
  const told = isOne ? new Set(files[0]?.missing.map(({ text }) => text)) : new Set<string>();
  return [
    ...files.flatMap((file, i) => (i === 0 ? printVerdict(file) : ['', ...printVerdict(file)])),
    ...(isOne ? [] : ['', plain(`All that boots: ${verdictText(verdict)}`)]),
    ...missing.filter(({ text }) => !told.has(text)).map(({ text }) => plain(`  missing: ${text}`)),
  ];
}

/** The verdict on one file. */
export function printVerdict({ name, verdict, stages, missing }: Verdict): string[] {
  return [
    plain(`${name}: ${verdictText(verdict)}`),
    ...stages.flatMap((stage) => [
      plain(`  ${MARKS[stage.verdict]} ${stage.name.text}: ${verdictText(stage.verdict)}`),
      ...stage.reasons.map(({ text }) => plain(`      ${text}`)),
    ]),
    ...missing.map(({ text }) => plain(`  missing: ${text}`)),
  ];
}

const verdictText = (verdict: Verdict['verdict']): string => inspectMessage(`inspect/verdict-${verdict}`).text;

/** As on the page: symbols that differ without colour. */
const MARKS: Readonly<Record<Verdict['verdict'], string>> = {
  verified: '✓',
  consistent: '=',
  refused: '✗',
  'not-verified': '?',
};

/** A verdict as plain data, its sentences in English. */
export const verdictData = ({ stages, missing, targets, ...rest }: Verdict): object => ({
  ...rest,
  stages: stages.map(({ name, verdict, reasons }) => ({
    name: name.text,
    verdict,
    reasons: reasons.map(({ text }) => text),
  })),
  missing: missing.map(({ text }) => text),
  targets: targets.map(({ reason, ...target }) => ({
    ...target,
    ...(reason === undefined ? {} : { reason: reason.text }),
  })),
});

/** A judgement as plain data, its sentences in English. */
export const judgementData = ({ files, verdict, missing, chain }: Judgement): object => ({
  verdict,
  missing: missing.map(({ text }) => text),
  files: files.map(verdictData),
  chain: { ...chain, links: chain.links.map(({ label, ...link }) => ({ ...link, label: label.text })) },
});
