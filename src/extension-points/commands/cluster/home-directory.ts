import { homedir } from 'node:os';

/** The user's home; empty, as kubectl has it, for a user who has none: one without a name in a container, and without `HOME`. */
export function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}
