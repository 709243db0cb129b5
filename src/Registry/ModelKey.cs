namespace Rondo.Registry;

/// <summary>Names a model: versions are numbered within it.</summary>
public sealed record ModelKey(string Project, string Environment, string Model)
{
    public override string ToString() => $"{Project}/{Environment}/{Model}";
}
