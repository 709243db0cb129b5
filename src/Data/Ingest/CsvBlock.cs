namespace Rondo.Data;

/// <summary>A stretch of a CSV file: its fields by column, as places in its text, and the line on which each row begins.</summary>
internal sealed class CsvBlock
{
    private readonly string _text;

    public CsvBlock(string text, int columns)
    {
        _text = text;
        Fields = [.. Enumerable.Range(0, columns).Select(_ => new CsvFields(text))];
    }

    /// <summary>By column.</summary>
    public IReadOnlyList<CsvFields> Fields { get; }

    /// <summary>By row, 1-based in the file.</summary>
    public List<int> Lines { get; } = [];

    public void Add(CsvRecords records)
    {
        Lines.Add(records.Line);
        for (var i = 0; i < Fields.Count; i++)
        {
            Fields[i].Add(records.Fields[i]);
        }
    }

    /// <summary>The text of a row, for the quarantine.</summary>
    public string TextOf(int row) => _text[Fields[0].PlaceOf(row).Start..Fields[^1].PlaceOf(row).End];
}
