/** What every route of Lambda's API does first: who asks, for what, and whether that is there. */
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import type { Lambda, LambdaFunction } from './lambda.ts';

export type Route = (lambda: Lambda, request: ServiceRequest, name: string) => Promise<ServiceResponse> | ServiceResponse;
/** Method and path; what stands in the path's first parentheses is the function's name or the mapping's id. */
export type Routes = readonly (readonly [method: string, path: RegExp, route: Route])[];

export function checked(
  lambda: Lambda,
  request: ServiceRequest,
  { name, action }: { name: string; action: string },
): LambdaFunction {
  lambda.authorize(request.caller, action, lambda.arnOf(name));
  return lambda.get(name);
}

export function none(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
}
