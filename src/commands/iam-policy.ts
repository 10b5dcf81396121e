import { collectors } from '../collectors/index.ts';
import type { Config } from '../config/config.ts';
import { type Policies, policiesFor } from '../iam/policy.ts';

export interface IamPolicyOptions {
  /** ARN of the role or user that the exporter runs as; undefined when it was not told. */
  readonly principal: string | undefined;
  /** For the document alone. */
  readonly print: (text: string) => void;
  /** For what a person should know of it. */
  readonly remark: (text: string) => void;
}

/** In characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const LARGEST_MANAGED_POLICY = 6_144;

/**
 * Prints the least policy for a config: the document itself where only the exporter's own identity needs one, else an object with
 * `exporter`, and `roles` by their ARNs, each with `policy` and `trust`.
 */
export const printIamPolicy = (config: Config, { principal, print, remark }: IamPolicyOptions): void => {
  const policies = policiesFor(config, collectors, principal);
  const hasRoles = Object.keys(policies.roles).length > 0;
  print(`${JSON.stringify(hasRoles ? policies : policies.exporter, undefined, 2)}\n`);
  for (const text of remarksOn(policies, principal)) remark(text);
};

const remarksOn = ({ exporter, roles }: Policies, principal: string | undefined): readonly string[] => {
  const arns = Object.keys(roles);
  const partitions = [...new Set(arns.map(partitionOf))].sort();
  const size = JSON.stringify(exporter).length;
  return [
    ...(arns.length > 0 && principal === undefined
      ? ['The trust policies name a placeholder that AWS refuses; give --iam.principal=ARN of the exporter’s own role']
      : []),
    ...(partitions.length > 1
      ? [`No identity can assume roles in several of ${partitions.join(', ')}: run one exporter in each`]
      : []),
    ...(size > LARGEST_MANAGED_POLICY
      ? [
          `The exporter’s policy has ${size} characters, and a managed policy at most ${LARGEST_MANAGED_POLICY}; make it an inline policy of its role, or split it`,
        ]
      : []),
  ];
};

const partitionOf = (arn: string): string => arn.split(':')[1] ?? '';
