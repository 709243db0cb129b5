namespace Rondo.Mlflow.Wire;

/// <summary>Every route stands below the base of MLflow's SDKs and below that of its pages.</summary>
internal static class MlflowBases
{
    /// <summary>What only pages ask for stands here alone.</summary>
    public const string Pages = "/ajax-api/2.0/mlflow";

    public static IReadOnlyList<string> Classic { get; } = ["/api/2.0/mlflow", Pages];

    public static IReadOnlyList<string> Newer { get; } = ["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"];

    public static IReadOnlyList<string> Artifacts { get; } =
    ["/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"];
}
