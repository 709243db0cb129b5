namespace Rondo.Mlflow.Wire;

/// <summary>What a search shows; the numbers are those of the protocol.</summary>
internal enum ViewType
{
    ActiveOnly = 1,
    DeletedOnly = 2,
    All = 3,
}
