import type { PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import { createHistoryCommand } from './history-command.ts';
import { pauseCommand, restartCommand, resumeCommand } from './patch-commands.ts';
import { statusCommand } from './status-command.ts';
import { createUndoCommand } from './undo-command.ts';

/** What the rollout commands need from elsewhere. */
export interface RolloutParts {
  /** A pod template as `describe` shows it, cells separated by tabs. */
  describePodTemplate(template: PodTemplateSpec): Promise<string>;
}

export const createRolloutCommand = (parts: RolloutParts): Command =>
  defineCommand({
    name: 'rollout',
    group: 'Deploy Commands:',
    short: 'Manage the rollout of a resource',
    long: 'Watch, undo, stop and repeat how a change comes to the pods of deployments, daemon sets and stateful sets.',
    examples: `
      # Back to the deployment as it was before
      $PROGRAM rollout undo deployment/abc

      # How far a daemon set's change has come
      $PROGRAM rollout status daemonset/foo

      # New pods for a deployment, and for all with a label
      $PROGRAM rollout restart deployment/abc
      $PROGRAM rollout restart deployment --selector=app=nginx`,
    usage: 'rollout SUBCOMMAND',
    subcommands: [createHistoryCommand(parts), pauseCommand, restartCommand, resumeCommand, statusCommand, createUndoCommand(parts)],
  });
