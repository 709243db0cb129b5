namespace Rondo.Mlflow.Wire;

/// <summary>A tag or a param.</summary>
internal sealed record KeyValue(string Key, string Value);
