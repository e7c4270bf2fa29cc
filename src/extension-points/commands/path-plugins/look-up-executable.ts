export { type Environment, lookUpExecutable } from '../../../kernel/look-up-executable.ts';
