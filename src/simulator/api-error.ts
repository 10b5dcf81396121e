/** An error that AWS would answer: its code, its message and the HTTP status. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

export const invalidInput = (message: string): ApiError => new ApiError('InvalidInputException', message);
