import { catalog, type FaultCode } from '../fault.ts';
import { type ChainFinding, chainRules } from './lint.ts';
import type { BootReport } from './report.ts';

/**
 * A report as SARIF 2.1.0, which code hosts show beside the sources: refusals are errors, findings
 * have their own level.
 *
 * @param folder where the files lie, as the host's paths have it
 */
export function printSarif(
  report: BootReport,
  findings: readonly ChainFinding[],
  { folder, version }: { readonly folder: string; readonly version: string },
): string {
  const refusals = report.steps.flatMap((step) => (step.fault === undefined ? [] : [{ step, fault: step.fault }]));
  const known = new Set(chainRules.map(({ id }) => id));
  // A rule each, however often it is found.
  const elsewhere = new Map(findings.filter(({ id }) => !known.has(id)).map((one) => [one.id, one])).values();
  const rules = [
    ...chainRules.map(({ id, remedy }) => ({ id, shortDescription: { text: id }, help: { text: remedy.text } })),
    ...Array.from(elsewhere, ({ id, remedy }) => ({ id, shortDescription: { text: id }, help: { text: remedy.text } })),
    ...refusals.map(({ fault }) => ({
      id: fault.code,
      shortDescription: { text: catalog[fault.code as FaultCode].brief },
    })),
  ];
  const results = [
    ...refusals.map(({ step, fault }) => ({
      ruleId: fault.code,
      level: 'error',
      message: { text: `${step.stage}, ${step.check.text}: ${fault.message}` },
      locations: [locate(folder, step.file, fault.offset)],
    })),
    ...findings.map(({ id, level, file, message, remedy }) => ({
      ruleId: id,
      level,
      message: { text: `${message.text}; ${remedy.text}` },
      locations: [locate(folder, file)],
    })),
  ];
  const run = { tool: { driver: { name: 'bootwright', semanticVersion: version, rules } }, results };
  return `${JSON.stringify({ version: '2.1.0', $schema: SCHEMA, runs: [run] }, undefined, 2)}\n`;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

function locate(folder: string, file: string, byteOffset?: number) {
  const uri = encodeURI(`${folder.replace(/\/+$/, '')}/${file}`);
  return {
    physicalLocation: { artifactLocation: { uri }, ...(byteOffset !== undefined && { region: { byteOffset } }) },
  };
}
