import type { MutatingWebhook, ValidatingWebhook } from '../../../api/generated/admissionregistration-v1.ts';
import { mutatingwebhookconfigurations, validatingwebhookconfigurations } from '../../../api/generated/resource-types.ts';
import { fullyQualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { duplicates, eachAt, optionalOneOfAt, problemsAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { validateMatchConditions, validateRule } from './rule-validation.ts';
import { validateWebhookClient } from './webhook-client-validation.ts';

type Webhook = Loose<ValidatingWebhook> | Loose<MutatingWebhook>;
/** Versions of AdmissionReview that the server speaks. */
const reviewVersions = ['v1', 'v1beta1'];
const countColumn = { name: 'Webhooks', type: 'integer', description: 'How many webhooks it registers.' } as const;

/** admissionregistration.k8s.io/v1 `mutatingwebhookconfigurations`. */
export function mutatingWebhookConfigurationDefinition(): ResourceDefinition {
  return defineBuiltIn(mutatingwebhookconfigurations, {
    columns: [nameColumn, { ...countColumn, cell: ({ webhooks }) => webhooks?.length ?? 0 }, ageColumn],
    generationFields: ['webhooks'],
    applyDefaults(draft) {
      for (const webhook of draft.webhooks ?? []) {
        applyWebhookDefaults(webhook);
        webhook.reinvocationPolicy ??= 'Never';
      }
    },
    validate: ({ webhooks }) => [
      ...validateWebhooks(webhooks),
      ...eachAt(webhooks, 'webhooks', (webhook, path) => optionalOneOfAt(webhook.reinvocationPolicy, ['IfNeeded', 'Never'], `${path}.reinvocationPolicy`)),
    ],
  });
}

/** admissionregistration.k8s.io/v1 `validatingwebhookconfigurations`. */
export function validatingWebhookConfigurationDefinition(): ResourceDefinition {
  return defineBuiltIn(validatingwebhookconfigurations, {
    columns: [nameColumn, { ...countColumn, cell: ({ webhooks }) => webhooks?.length ?? 0 }, ageColumn],
    generationFields: ['webhooks'],
    applyDefaults(draft) {
      for (const webhook of draft.webhooks ?? []) applyWebhookDefaults(webhook);
    },
    validate: ({ webhooks }) => validateWebhooks(webhooks),
  });
}

function applyWebhookDefaults(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const duplicate = duplicates();
  return eachAt(webhooks, 'webhooks', (webhook, path) => [...validateWebhook(webhook, path), ...duplicate(webhook.name ?? '', `${path}.name`)]);
}

function validateWebhook(webhook: Webhook, path: string): FieldError[] {
  const { name = '', sideEffects, timeoutSeconds, admissionReviewVersions = [] } = webhook;
  const errors = name === '' ? [fieldError.required(`${path}.name`)] : problemsAt(fullyQualifiedNameProblems, name, `${path}.name`);
  errors.push(...eachAt(webhook.rules, `${path}.rules`, validateRule));
  errors.push(
    ...optionalOneOfAt(webhook.failurePolicy, ['Fail', 'Ignore'], `${path}.failurePolicy`),
    ...optionalOneOfAt(webhook.matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`),
  );
  if (sideEffects === undefined) errors.push(fieldError.required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  else errors.push(...optionalOneOfAt(sideEffects, ['None', 'NoneOnDryRun'], `${path}.sideEffects`));
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > 30))
    errors.push(fieldError.invalid(`${path}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds'));
  errors.push(
    ...validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`),
  );
  errors.push(
    ...validateWebhookClient(webhook.clientConfig ?? {}, `${path}.clientConfig`),
    ...validateReviewVersions(admissionReviewVersions, `${path}.admissionReviewVersions`),
  );
  return [...errors, ...validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`)];
}

function validateReviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [fieldError.required(path, `must specify one of ${reviewVersions.join(', ')}`)];
  const duplicate = duplicates();
  const errors = eachAt(versions, path, (version, at) => duplicate(version, at));
  if (versions.some((version) => reviewVersions.includes(version))) return errors;
  return [...errors, fieldError.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}
