namespace Rondo.Data;

/// <summary>A CSV file, read twice: first to tell the types of its columns, then for the rows.</summary>
internal sealed class CsvSource(string name, Func<Stream> open, CsvOptions options) : TableSource(name)
{
    private QuarantineBuilder _quarantine = new();

    public override Quarantine Quarantine => _quarantine.Build();

    public override IEnumerable<Table> Read()
    {
        _quarantine = new QuarantineBuilder();
        var columns = Judge();
        var file = new CsvFile(Name, options);
        using var stream = open();
        foreach (var block in file.Read(stream, _quarantine))
        {
            yield return CsvTyping.ToTable(file, block, columns, _quarantine);
        }
    }

    private JudgedColumn[] Judge()
    {
        var file = new CsvFile(Name, options);
        var judge = new CsvJudge(file, options);
        using var stream = open();
        foreach (var block in file.Read(stream, new QuarantineBuilder()))
        {
            judge.Add(block);
        }

        return judge.Columns();
    }
}
