import { messages } from '../fault.ts';

/** What the command line says of itself: why a command cannot do what it was asked for. */
export const cliMessage = messages({
  // The words of a command line.
  'cli/unknown-command': 'there is no command {name}',
  'cli/unknown-tool': 'there is no tool {name}',
  'cli/unknown-flag': 'there is no flag {flag}',
  'cli/flag-required': '{flag} is required',
  'cli/flag-value-required': '{flag} requires a value',
  'cli/flag-twice': '{flag} is given twice: {first} and {second}',
  'cli/flag-negated': '{flag} takes no value',
  'cli/bad-value': '{name}: {reason}',
  'cli/not-one-of': '{flag}: {value} is not one of {values}',
  'cli/argument-required': '{name} is required',
  'cli/arguments-required': 'at least {least} {name} arguments are required',
  'cli/too-many-arguments': '{value}: the command takes {most} {most|argument|arguments}',
});
