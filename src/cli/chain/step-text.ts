import type { BootReport, BootStep } from '../../boot/index.ts';

/** One line of a report: stage, check, file, what it covered and who vouches, or why it was refused. */
export function printStep(step: BootStep): string {
  const mark = { verified: '✓', consistent: '≈', refused: '✗' }[step.verdict];
  const head = `${mark} ${step.stage.padEnd(10)} ${step.check.text.padEnd(32)} ${step.file.padEnd(14)}`;
  if (step.fault === undefined)
    return `${head} ${printSize(step.bytes).padStart(9)} ${printTime(step)}  by ${step.by?.text ?? ''}`;
  return `${head} ${printTime(step).padStart(17)}  ${printFault(step.fault)}`;
}

/** `code: message`; the message says where. */
export const printFault = ({ code, message }: NonNullable<BootStep['fault']>): string => `${code}: ${message}`;

/** The last line of a report, and what to do where it was refused. */
export function printVerdict({ verdict, stage, kernel, steps }: BootReport): string {
  if (verdict === 'refused') {
    const remedy = steps.find(({ fault }) => fault !== undefined)?.fault?.remedy;
    const fix = remedy === undefined ? '' : `\nfix: ${remedy}`;
    return `REFUSED at the ${stage ?? ''} stage: nothing after it runs${fix}`;
  }
  if (verdict === 'consistent') {
    return `CONSISTENT ${kernel?.configuration ?? ''}: every link matches, from a hash that was found beside the files; not verified`;
  }
  return `BOOTED ${kernel?.configuration ?? ''}: every link verified, root hash ${kernel?.rootHash ?? ''}`;
}

/** `4.0 MiB`: three digits are enough for a person. */
export function printSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

const printTime = ({ milliseconds }: BootStep): string => `${milliseconds.toFixed(1)} ms`.padStart(10);
