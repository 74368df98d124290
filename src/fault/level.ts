/**
 * How much a finding matters, in the words of compilers and of SARIF (2.1.0, 3.27.10). `error`: something unsigned boots, a
 * secret gets out, or a file is not what it says. `warning`: it does not work as it is meant to. `note`: worth knowing.
 */
export type FindingLevel = 'error' | 'warning' | 'note';
