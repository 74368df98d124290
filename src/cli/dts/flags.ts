import type { CheckFinding, CheckSetting } from '../../devicetree/index.ts';
import { isCheck } from '../../devicetree/internal.ts';
import { Fault } from '../../fault.ts';
import { cliMessage } from '../messages.ts';
import { list, required } from '../shared/flags.ts';

export const outFlag = required(String, 'FILE', 'Output file');

export const checkFlag = list(
  parseCheck,
  'NAME=LEVEL',
  'Set the level of a check to off, warning or error; dts checks lists them',
);

/** `name=off|warning|error` as the settings that make it so. */
function parseCheck(text: string): readonly CheckSetting[] {
  const [name = '', level = ''] = text.split('=', 2);
  if (!isCheck(name)) throw new Fault('devicetree/unknown-check', { name });
  if (level !== 'off' && level !== 'warning' && level !== 'error') {
    throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-level', { level: JSON.stringify(level) }) });
  }
  return [
    { name, level: 'warning', on: level === 'warning' },
    { name, level: 'error', on: level === 'error' },
  ];
}

/** A finding as one line. */
export function findingText({ check, level, path, property, reason, place }: CheckFinding): string {
  const what = path === undefined ? '' : `${path}${property === undefined ? '' : `:${property}`}: `;
  return `${place === undefined ? '' : `${place}: `}${level}: ${what}${reason.trim()} [${check}]`;
}

/** Faults `devicetree/invalid` where a finding counts as an error. */
export function assertNoErrors(file: string, findings: readonly CheckFinding[]): void {
  const errors = findings.filter(({ level }) => level === 'error').map(findingText);
  if (errors.length > 0) throw new Fault('devicetree/invalid', { file, errors });
}
