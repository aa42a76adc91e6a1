/** The account and region of everything here. */
export const LAMBDA_ARN = 'arn:aws:lambda:us-east-1:000000000000'

/** A function's ARN, without a version. */
export function functionArn(functionName: string): string {
  return `${LAMBDA_ARN}:function:${functionName}`
}
