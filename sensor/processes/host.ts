type Environment = Readonly<Record<string, string | undefined>>;

/** What a platform that runs functions for others tells a process by its environment variables. */
export interface FunctionHost {
  readonly kind: 'lambda' | 'cloudRun' | 'azureFunctions';
  /** The operator's name of the function, where the platform tells it. */
  readonly name: string | undefined;
  /** Where the deployed code lies, if that is not known by the program: that one is the platform's own. */
  readonly codeFolder: string | undefined;
  /** Resource attributes by OpenTelemetry's conventions for clouds and functions. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** The platform that this process runs on; nothing on a machine, in a container or on a host of another kind. */
export function functionHost(environment: Environment): FunctionHost | undefined {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const lambda = value('AWS_LAMBDA_FUNCTION_NAME');
  // Both: the name alone is also set by tools that only call functions.
  if (lambda !== undefined && value('AWS_LAMBDA_RUNTIME_API') !== undefined) {
    return {
      kind: 'lambda',
      name: lambda,
      codeFolder: value('LAMBDA_TASK_ROOT'),
      attributes: {
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_lambda',
        'cloud.region': value('AWS_REGION'),
        'faas.name': lambda,
        'faas.version': value('AWS_LAMBDA_FUNCTION_VERSION'),
        'faas.instance': value('AWS_LAMBDA_LOG_STREAM_NAME'),
      },
    };
  }
  const cloudRun = value('K_SERVICE');
  if (cloudRun !== undefined) {
    return {
      kind: 'cloudRun',
      name: cloudRun,
      codeFolder: undefined,
      attributes: {
        'cloud.provider': 'gcp',
        'cloud.platform': value('FUNCTION_TARGET') === undefined ? 'gcp_cloud_run' : 'gcp_cloud_functions',
        'faas.name': cloudRun,
        'faas.version': value('K_REVISION'),
      },
    };
  }
  if (value('FUNCTIONS_WORKER_RUNTIME') !== undefined && value('AzureWebJobsScriptRoot') !== undefined) {
    const site = value('WEBSITE_SITE_NAME');
    return {
      kind: 'azureFunctions',
      name: site,
      codeFolder: value('AzureWebJobsScriptRoot'),
      attributes: {
        'cloud.provider': 'azure',
        'cloud.platform': 'azure_functions',
        'cloud.region': value('REGION_NAME'),
        'faas.name': site,
        'faas.instance': value('WEBSITE_INSTANCE_ID'),
      },
    };
  }
  return undefined;
}
