using System.Text;
using Rondo.Data;

namespace Rondo.Tests.Data;

internal static class Csvs
{
    public static RawTable Read(params (string Name, string Text)[] files) => Read(null, files);

    public static RawTable Read(CsvOptions? options, params (string Name, string Text)[] files) =>
        Csv.Read(files.Select(f => (f.Name, (Stream)new MemoryStream(Encoding.UTF8.GetBytes(f.Text)))), options);
}
