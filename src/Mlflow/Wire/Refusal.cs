namespace Rondo.Mlflow.Wire;

/// <summary>A request that cannot be done as asked: the caller's fault, told with the code that MLflow's clients know.</summary>
internal sealed class Refusal(string code, string message) : Exception(message)
{
    public const string InvalidParameter = "INVALID_PARAMETER_VALUE";
    public const string DoesNotExist = "RESOURCE_DOES_NOT_EXIST";
    public const string AlreadyExists = "RESOURCE_ALREADY_EXISTS";
    public const string InvalidState = "INVALID_STATE";
    public const string NotImplemented = "NOT_IMPLEMENTED";

    public string Code => code;

    public static Refusal Invalid(string message) => new(InvalidParameter, message);

    public static Refusal Missing(string message) => new(DoesNotExist, message);

    public static Refusal Exists(string message) => new(AlreadyExists, message);

    /// <summary>A parameter has a value that it cannot have; the value is compact JSON.</summary>
    public static Refusal Value(string json, string parameter, string why) =>
        Invalid($"Invalid value {json} for parameter '{parameter}' supplied: {why}");
}
