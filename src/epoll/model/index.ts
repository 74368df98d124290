export { describeCall, describeEvents, describeResult, tellSteps } from './describe.ts';
export {
  type Flag,
  foresee,
  idle,
  type Kernel,
  type Operation,
  type PollFlag,
  type Report,
  type Result,
  step,
} from './kernel.ts';
export { type Preset, type PresetName, presets, scenarioOf } from './presets.ts';
export {
  type Arrival,
  isWait,
  lost,
  MAX_CALLS,
  type Machine,
  type Moment,
  type Program,
  play,
  type Scenario,
  type Step,
  trace,
  waitCalls,
} from './program.ts';
export { parseScenario } from './scenario.ts';
