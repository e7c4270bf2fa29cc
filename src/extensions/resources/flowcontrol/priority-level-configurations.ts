import type { PriorityLevelConfiguration, QueuingConfiguration } from '../../../api/generated/flowcontrol-v1.ts';
import { prioritylevelconfigurations } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { oneOfAt, rangeAt } from '../core/field-checks.ts';

/** Of the hash of a flow, from which its queues are dealt. */
const entropyBits = 60;

type Level = Draft<PriorityLevelConfiguration>;
const queuingOf = ({ spec }: Level): Loose<QueuingConfiguration> | undefined => spec?.limited?.limitResponse?.queuing;
const numberText = (value: number | undefined): string => (value === undefined ? '<none>' : `${value}`);

/** flowcontrol.apiserver.k8s.io/v1 `prioritylevelconfigurations`. */
export function priorityLevelConfigurationDefinition(): ResourceDefinition {
  return defineBuiltIn(prioritylevelconfigurations, {
    columns: [
      nameColumn,
      { name: 'Type', description: 'Limited or Exempt.', cell: ({ spec }) => spec?.type ?? '' },
      {
        name: 'NominalConcurrencyShares',
        description: 'Its part of the requests that run at once.',
        cell: ({ spec }) => numberText(spec?.limited?.nominalConcurrencyShares),
      },
      { name: 'Queues', description: 'How many queues it has.', cell: (level) => numberText(queuingOf(level)?.queues) },
      { name: 'HandSize', description: 'How many queues a flow may use.', cell: (level) => numberText(queuingOf(level)?.handSize) },
      { name: 'QueueLengthLimit', description: 'How many requests wait in a queue.', cell: (level) => numberText(queuingOf(level)?.queueLengthLimit) },
      ageColumn,
    ],
    applyDefaults,
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate,
  });
}

function applyDefaults(draft: Level): void {
  const spec = (draft.spec ??= {});
  if (spec.type === 'Exempt') {
    spec.exempt ??= {};
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (!spec.limited) return;
  spec.limited.nominalConcurrencyShares ??= 30;
  spec.limited.lendablePercent ??= 0;
  const queuing = spec.limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}

function validate({ metadata, spec = {} }: Level): FieldError[] {
  const errors = oneOfAt(spec.type, ['Exempt', 'Limited'], 'spec.type');
  if ((metadata.name === 'exempt') !== (spec.type === 'Exempt'))
    errors.unshift(fieldError.invalid('spec.type', spec.type ?? '', "must be 'Exempt' if and only if `name` is 'exempt'"));
  if (spec.type === 'Exempt') {
    const { nominalConcurrencyShares: shares, lendablePercent } = spec.exempt ?? {};
    if (shares !== undefined && shares < 0) errors.push(fieldError.invalid('spec.exempt.nominalConcurrencyShares', shares, 'must be a non-negative integer'));
    errors.push(...rangeAt(lendablePercent, 0, 100, 'spec.exempt.lendablePercent'));
  }
  if (spec.type === 'Exempt') return spec.limited ? [...errors, fieldError.forbidden('spec.limited', 'must be nil if the type is not Limited')] : errors;
  if (spec.exempt) errors.push(fieldError.forbidden('spec.exempt', 'must be nil if the type is Limited'));
  if (!spec.limited) return [...errors, fieldError.required('spec.limited', 'must not be empty when type is Limited')];
  const { nominalConcurrencyShares: shares = 0, lendablePercent, borrowingLimitPercent, limitResponse } = spec.limited;
  if (shares < 0) errors.push(fieldError.invalid('spec.limited.nominalConcurrencyShares', shares, 'must be a non-negative integer'));
  errors.push(...rangeAt(lendablePercent, 0, 100, 'spec.limited.lendablePercent'));
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0)
    errors.push(fieldError.invalid('spec.limited.borrowingLimitPercent', borrowingLimitPercent, 'if specified, must be a non-negative integer'));
  const at = 'spec.limited.limitResponse';
  errors.push(...oneOfAt(limitResponse?.type, ['Queue', 'Reject'], `${at}.type`));
  if (limitResponse?.type === 'Reject' && limitResponse.queuing)
    errors.push(fieldError.forbidden(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
  if (limitResponse?.type === 'Queue' && !limitResponse.queuing)
    errors.push(fieldError.required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'));
  return limitResponse?.queuing ? [...errors, ...validateQueuing(limitResponse.queuing, `${at}.queuing`)] : errors;
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: Loose<QueuingConfiguration>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0) errors.push(fieldError.invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(fieldError.invalid(`${path}.queues`, queues, 'must be positive'));
  else if (queues > 10_000_000) errors.push(fieldError.invalid(`${path}.queues`, queues, 'must not be greater than 10000000'));
  if (handSize <= 0) errors.push(fieldError.invalid(`${path}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues) errors.push(fieldError.invalid(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  else if (Math.ceil(Math.log2(queues) * handSize) > entropyBits)
    errors.push(
      fieldError.invalid(
        `${path}.handSize`,
        handSize,
        `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${entropyBits}`,
      ),
    );
  return errors;
}
