namespace Rondo.Sdk;

/// <summary>A limit on attempts that run at once in the whole project, by name: <c>app.Pool("gpu", slots: 1)</c>.</summary>
public sealed class Pool
{
    internal Pool(string name, int slots) => (Name, Slots) = (name, slots);

    /// <summary>The name in the project.</summary>
    public string Name { get; }

    /// <summary>How many attempts may run at once.</summary>
    public int Slots { get; }
}
