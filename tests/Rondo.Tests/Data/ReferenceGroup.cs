namespace Rondo.Tests.Data;

/// <summary>What is asserted for each case of a group of reference values.</summary>
internal sealed class ReferenceGroup : Dictionary<string, Action<ReferenceCase>>
{
    public ReferenceGroup()
        : base(StringComparer.Ordinal) { }

    public TheoryData<string> Ids => [.. Keys];

    /// <summary>Asserts the values of a case, and that none was left out.</summary>
    public void Verify(string id)
    {
        var reference = ReferenceCase.Of(id);
        this[id](reference);
        Assert.Empty(reference.Missing);
    }
}
