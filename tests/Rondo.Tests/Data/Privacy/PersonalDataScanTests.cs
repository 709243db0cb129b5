using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Data.Privacy;

public sealed class PersonalDataScanTests
{
    // Published examples of each kind; keys are put together here, so that nobody takes this file for a leak.
    public static TheoryData<string, PersonalDataKind, string[]> Found =>
        new()
        {
            { "a", PersonalDataKind.Email, ["ada@example.org", "b.lovelace+x@mail.example.co.uk", "名@例え.jp"] },
            { "a", PersonalDataKind.Email, ["nothing here", "please write to ada@example.org, soon", "nor here"] },
            {
                "a",
                PersonalDataKind.Iban,
                ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]
            },
            { "a", PersonalDataKind.Iban, ["to DE89 3704 0044 0532 0130 00 by Monday"] },
            { "a", PersonalDataKind.PaymentCard, ["4111 1111 1111 1111"] },
            { "a", PersonalDataKind.PaymentCard, ["card 5555-5555-5555-4444 was refused", "ok"] },
            {
                "a",
                PersonalDataKind.PaymentCard,
                ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"]
            },
            { "card", PersonalDataKind.PaymentCard, ["4111111111111111"] },
            { "a", PersonalDataKind.Phone, ["+49 30 901820", "+44 20 7946 0958", "+1 (312) 555-0123"] },
            { "a", PersonalDataKind.Phone, ["(312) 555-0123", "773-555-0199"] },
            { "phone", PersonalDataKind.Phone, ["030 901820", "0171/5550123"] },
            { "a", PersonalDataKind.IpAddress, ["192.168.0.17", "8.8.8.8", "203.0.113.9"] },
            { "client_ip", PersonalDataKind.IpAddress, ["10.0.0.1", "10.0.0.2"] },
            { "a", PersonalDataKind.IpAddress, ["2001:db8::ff00:42:8329", "fe80:0:0:0:1:2:3:4"] },
            { "log", PersonalDataKind.IpAddress, ["GET / from 203.0.113.9", "POST /x from 198.51.100.7"] },
            { "a", PersonalDataKind.NationalId, ["12345678Z", "X1234567L", "87654321X", "00000001R"] },
            { "a", PersonalDataKind.NationalId, ["RSSMRA85T10A562S"] },
            { "a", PersonalDataKind.NationalId, ["255081416802538", "180126955222380", "269054958815780"] },
            { "a", PersonalDataKind.NationalId, ["529.982.247-25", "111.444.777-35", "123.456.789-09"] },
            { "a", PersonalDataKind.NationalId, ["44051401359", "02070803628", "44051401458", "90090515836"] },
            { "a", PersonalDataKind.NationalId, ["131052-308T"] },
            { "a", PersonalDataKind.NationalId, ["123-45-6789", "078-05-1120"] },
            { "bsn", PersonalDataKind.NationalId, ["111222333", "123456782"] },
            { "nhs_number", PersonalDataKind.NationalId, ["943 476 5919", "9434765870"] },
            { "date_of_birth", PersonalDataKind.BirthDate, ["1984-03-09", "1990-12-31"] },
            { "born", PersonalDataKind.BirthDate, ["09.03.1984", "31.12.1990"] },
            { "LastName", PersonalDataKind.PersonName, ["Lovelace", "O'Brien", "van der Berg", "García-Márquez"] },
            { "customer name", PersonalDataKind.PersonName, ["Ada Lovelace", "Grace Hopper"] },
            { "a", PersonalDataKind.PersonName, ["Maria Schmidt", "John Doe", "Peter Pan"] },
            { "name", PersonalDataKind.PersonName, ["Maria", "John", "Peter", "Yoko"] },
            {
                "a",
                PersonalDataKind.PostalAddress,
                ["12 North Clark Street, Chicago", "221B Baker St", "Unter den Linden Allee 77"]
            },
            { "a", PersonalDataKind.PostalAddress, ["Hauptstraße 5", "Lange Gasse 12a"] },
            { "home_address", PersonalDataKind.PostalAddress, ["Dorf 7", "Am See 3, 1234 Ort"] },
            { "a", PersonalDataKind.Position, ["41.87811, -87.62980", "52.52001, 13.40495"] },
            { "a", PersonalDataKind.Secret, ["AKIA" + "2E7QZXKJ5M3RNB4T", "x"] },
            { "a", PersonalDataKind.Secret, ["token=" + "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"] },
            { "a", PersonalDataKind.Secret, ["-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE"] },
            { "api_key", PersonalDataKind.Secret, ["q7Hf0Zk29sLmX4vB", "Z8d1pTnW63yRgC5e"] },
        };

    // What merely looks alike.
    public static TheoryData<string, string[]> NotFound =>
        new()
        {
            { "order number", [.. Many(i => $"{4_000_000_000_000_000 + (i * 7919L)}")] },
            { "grouped", [.. Many(i => $"4000 0000 {i + 1000:0000} {(i * 37) % 10000:0000}")] },
            { "eleven digits", [.. Many(i => $"{44_051_400_000 + (i * 13L)}")] },
            { "nine digits", [.. Many(i => $"{111_222_300 + i}")] },
            { "ten digits", [.. Many(i => $"{9_434_765_000 + i}")] },
            { "isbn", ["0306406152", "3161484100", "0198526636", "0262033844"] },
            { "ean", ["4006381333931", "4012345678901", "4260012345678"] },
            { "eighteen digits", [.. Many(i => $"{110_105_194_912_310_000 + (i * 3L)}")] },
            { "fifteen digits", [.. Many(i => $"{255_081_416_802_000 + i}")] },
            { "the same again", [.. Many(_ => "4111111111111111")] },
            { "milliseconds", [.. Many(i => $"{1_700_000_000_000 + (i * 1000L)}")] },
            { "nanoseconds", [.. Many(i => $"{1_700_000_000_000_000_000 + (i * 1_000_000_000L)}")] },
            { "year", ["1984", "1990", "2001"] },
            { "flight", ["LH 454", "BA2490", "AF 0083"] },
            { "code", ["DE12345678901234567890", "GB1234567890123456ABCD", "AT123456789012345678"] },
            { "plate", ["12345678A", "87654321B", "11111111C", "22222222D", "33333333F"] },
            { "version", ["1.2.3.4", "10.0.19.1", "2.0.0.0"] },
            { "windows", ["10.0.19041.1", "10.0.22000.65"] },
            { "mac", ["00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5F"] },
            { "time", ["12:34:56", "01:02:03"] },
            { "ratio", ["1::2", "16:9:4"] },
            { "image", ["logo@2x.png", "photo@3x.jpg"] },
            { "package", ["@scope/name@1.2.3", "lib@2.0.0"] },
            { "remote", ["git@github.com:owner/name.git"] },
            { "digest", ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] },
            { "placeholder", ["AKIA" + "XXXXXXXXXXXXXXXX", "ghp_" + new string('x', 36)] },
            { "token_count", ["123456789012", "1234567890123"] },
            { "phone_model", ["5550123", "3310"] },
            { "signed", ["+5", "+12.5", "-7"] },
            { "part", ["112-4455667-8899001", "12-34-56"] },
            { "uuid", ["3f2504e0-4f89-11d3-9a0c-0305e82c3301", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"] },
            { "station", ["Clark Lake", "Merchandise Mart", "Washington Wells", "Oak Park"] },
            { "station_name", ["Clark", "Austin", "Madison", "Harlem"] },
            { "city", ["San Jose", "St. Paul", "Santa Maria"] },
            { "created", ["1984-03-09", "1990-12-31"] },
            { "birth_weight", ["3410", "2950"] },
            { "ip_address_count", ["3", "17"] },
            { "lat", ["41.9", "52.5"] },
            { "amount", ["41.878113", "-87.629798"] },
            { "text", ["The street was long and 5 cars stood there", "On the road again"] },
        };

    [Theory]
    [MemberData(nameof(Found))]
    public void Each_kind_is_found_by_its_form_its_check_or_its_name(
        string column,
        PersonalDataKind kind,
        string[] values
    )
    {
        var report = PersonalDataScan.Scan(new Table(Column.Of(column, values)));

        Assert.Equal([kind], report.Findings.Select(finding => finding.Kind));
    }

    [Theory]
    [MemberData(nameof(NotFound))]
    public void What_merely_looks_alike_is_not_told(string column, string[] values) =>
        Assert.Empty(Kinds(new Table(Column.Of(column, values))));

    [Theory]
    [MemberData(nameof(NotFound))]
    public void Nor_is_it_told_where_it_is_read_from_a_file(string column, string[] values)
    {
        var text = new StringBuilder(column + "\n").AppendJoin('\n', values.Select(v => '"' + v + '"')).ToString();

        Assert.Empty(Kinds(Csv.Read("a.csv", new MemoryStream(Encoding.UTF8.GetBytes(text))).Table));
    }

    [Theory]
    [InlineData("examples/first-model.csv")]
    [InlineData("examples/transit-demand/data/chicago.csv")]
    [InlineData("examples/transit-demand/sample/days.csv")]
    [InlineData("templates/rondo-project/sample/readings.csv")]
    public void The_examples_own_data_hold_nothing_personal(string file)
    {
        var report = PersonalDataScan.Scan(TableSource.Open(Path.Combine(Repository.Root, file)));

        Assert.NotEqual(0, report.Rows);
        Assert.Empty(report.Findings);
    }

    [Fact]
    public void Cards_and_telephone_numbers_that_are_stored_as_numbers_are_found()
    {
        long[] cards = [4111111111111111, 5555555555554444, 6011111111111117, 4012888888881881];
        var table = new Table(
            Column.Of("x", cards),
            Column.Of("y", cards.Select(card => (double)card)),
            Column.Of("mobile", new long?[] { 4915155501234, null, 4915155501235, 4915155501236 }),
            Column.Of("lat", new[] { 41.87811, 52.52001, 48.85661, 51.50735 })
        );

        var findings = PersonalDataScan.Scan(table).Findings;

        Assert.Equal(
            ["x PaymentCard High", "y PaymentCard High", "mobile Phone Medium", "lat Position Medium"],
            findings.Select(f => $"{f.Column} {f.Kind} {f.Confidence}")
        );
        Assert.Equal((3, 3, 1.0), (findings[2].Values, findings[2].Matches, findings[2].Share));
        Assert.Equal(
            "4 of 4 that have the form of a card number pass the Luhn check; by chance 0.0001",
            findings[0].Reason
        );
    }

    [Fact]
    public void A_birth_date_in_a_column_of_dates_is_found_by_its_name_alone()
    {
        DateOnly?[] days = [new(1984, 3, 9), null, new(1990, 1, 1)];

        var findings = PersonalDataScan.Scan(new Table(Column.Of("dob", days), Column.Of("day", days))).Findings;

        var finding = Assert.Single(findings);
        Assert.Equal(("dob", PersonalDataKind.BirthDate, 2L), (finding.Column, finding.Kind, finding.Values));
        Assert.Equal(["••••-••-••"], finding.Examples);
    }

    [Fact]
    public void Rare_matches_are_told_with_their_share_and_little_confidence()
    {
        var values = Enumerable.Range(0, 1000).Select(i => i == 700 ? "ask ada@example.org" : $"note {i}");

        var finding = Assert.Single(PersonalDataScan.Scan(new Table(Column.Of("note", values))).Findings);

        Assert.Equal((1L, 1000L, 0.001), (finding.Matches, finding.Values, finding.Share));
        Assert.Equal(PersonalDataConfidence.Low, finding.Confidence);
    }

    [Fact]
    public void No_value_stands_in_the_report_and_examples_show_no_more_than_they_say()
    {
        foreach (var (column, _, values) in Found.Select(row => row.Data))
        {
            var report = PersonalDataScan.Scan(new Table(Column.Of(column, values)));
            var json = JsonSerializer.Serialize(report.Findings.Select(f => f with { Column = "" }), RondoJson.Options);
            foreach (var value in values)
            {
                Assert.DoesNotContain(value.Length > 2 ? value : "\0", json, StringComparison.Ordinal);
                // Nor any piece of four letters or digits of it, in the examples.
                var pieces = Enumerable.Range(0, Math.Max(0, value.Length - 3)).Select(i => value.Substring(i, 4));
                Assert.DoesNotContain(
                    pieces.Where(piece => piece.All(char.IsLetterOrDigit)),
                    piece => report.Findings.Any(f => f.Examples.Any(e => e.Contains(piece, StringComparison.Ordinal)))
                );
            }
        }
    }

    [Fact]
    public void The_report_does_not_depend_on_the_order_of_rows_or_how_they_are_parted()
    {
        var values = Many(i =>
                i % 3 == 0 ? $"user{i}@example{i % 7}.org"
                : i % 3 == 1 ? "4111 1111 1111 1111"
                : $"x{i}"
            )
            .ToList();
        var whole = PersonalDataScan.Scan(new Table(Column.Of("a", values)));
        var parts = values
            .AsEnumerable()
            .Reverse()
            .Chunk(17)
            .Select(part => TableSource.Of(new Table(Column.Of("a", part))));

        var parted = PersonalDataScan.Scan(TableSource.Join("all", [.. parts]));

        Assert.Equal(2, whole.Findings.Count);
        Assert.Equal(
            JsonSerializer.Serialize(whole, RondoJson.Options),
            JsonSerializer.Serialize(parted, RondoJson.Options)
        );
    }

    [Fact]
    public void What_the_schema_declares_is_no_finding_unless_it_is_of_another_kind()
    {
        var table = new Table(
            Column.Of("a", ["ada@example.org", "bob@example.org"]),
            Column.Of("b", ["ada@example.org", "bob@example.org"]),
            Column.Of("c", ["192.168.0.17", "192.168.0.18"])
        );
        var schema = new TableSchema(
            "rows",
            [
                new ColumnExpectation("a", ColumnType.Text) { Personal = PersonalDataKind.Email },
                new ColumnExpectation("b", ColumnType.Text) { Personal = PersonalDataKind.Phone },
                new ColumnExpectation("c", ColumnType.Text) { Personal = PersonalDataKind.Other },
            ]
        );

        var report = PersonalDataScan.Scan(table, schema);

        Assert.Equal(["b"], report.Findings.Select(finding => finding.Column));
        Assert.Equal(["a", "c"], report.Declared.Select(finding => finding.Column));
    }

    [Fact]
    public void A_declaration_stands_in_the_schema_file_and_forbidden_columns_stay_forbidden()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("rondo-scan-").FullName, "rows.schema.json");
        var schema = new TableSchema(
            "rows",
            [new ColumnExpectation("mail", ColumnType.Text) { Personal = PersonalDataKind.Email }]
        )
        {
            Forbidden = new Dictionary<string, string> { ["ssn"] = "never needed" },
        };
        SchemaFile.Write(schema, path);

        var read = SchemaFile.Read(path);
        var table = new Table(Column.Of("mail", ["a@example.org"]), Column.Of("ssn", ["123-45-6789"]));

        Assert.Contains(
            "\"mail\": { \"type\": \"text\", \"personal\": \"email\" }",
            File.ReadAllText(path),
            StringComparison.Ordinal
        );
        Assert.Equal(PersonalDataKind.Email, read.Find("mail")!.Personal);
        Assert.Equal(AnomalyKind.ForbiddenColumn, Assert.Single(SchemaValidator.Validate(read, table).Anomalies).Kind);
        Assert.Equal(["ssn"], PersonalDataScan.Scan(table, read).Findings.Select(finding => finding.Column));
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"email\"", "\"e-mail\"", StringComparison.Ordinal));
        var error = Assert.Throws<RondoException>(() => SchemaFile.Read(path));
        Assert.Contains(
            "line 4: The value at columns.mail.personal is of no kind",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_guide_names_every_kind()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "data.md"));

        foreach (var kind in Enum.GetNames<PersonalDataKind>())
        {
            Assert.Contains($"`{JsonNamingPolicy.CamelCase.ConvertName(kind)}`", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lines_that_could_not_be_read_are_counted_as_not_looked_at()
    {
        var bytes = Encoding.UTF8.GetBytes("a,b\n1,2\nada@example.org\n3,4\n");

        var report = PersonalDataScan.Scan(TableSource.OfStream("a.csv", () => new MemoryStream(bytes)));

        Assert.Equal((2L, 1L, 0), (report.Rows, report.NotScanned, report.Findings.Count));
    }

    private static IEnumerable<PersonalDataKind> Kinds(Table table) =>
        PersonalDataScan.Scan(table).Findings.Select(finding => finding.Kind);

    private static IEnumerable<string> Many(Func<int, string> value) => Enumerable.Range(0, 200).Select(value);
}
