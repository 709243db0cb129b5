namespace Rondo.Tracking;

/// <summary>What an operator may decide about tracking.</summary>
public sealed record TrackingOptions
{
    /// <summary>Whether values of params and run tags that are too long are cut (as MLflow's server does) instead of refused.</summary>
    public bool TruncateLongValues { get; init; } = true;

    /// <summary>Reads <c>MLFLOW_TRUNCATE_LONG_VALUES</c>, by the name that operators of an MLflow server know.</summary>
    public static TrackingOptions FromEnvironment(Func<string, string?> variable) =>
        new()
        {
            TruncateLongValues = variable("MLFLOW_TRUNCATE_LONG_VALUES")?.ToUpperInvariant() is not ("FALSE" or "0"),
        };
}
