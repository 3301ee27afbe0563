using Microsoft.Playwright;

namespace ConvNeXt.Tests;

/// <summary>The page in a browser: nothing is loaded or logged, cells open their pictures, and it fits phones and desks.</summary>
[TestClass]
public sealed class BrowserTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string[] _arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    [TestMethod]
    [DataRow(400)]
    [DataRow(1400)]
    public async Task Page_Fits_LoadsNothing_AndOpensThePicturesOfACell(int width)
    {
        if (!File.Exists(Chromium)) Assert.Inconclusive($"Skipped: there is no {Chromium}.");
        string file = Path.Combine(TestFolders.CreateTemporary(), "report.html");
        TestReport.Report.SaveHtml(file);
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = _arguments });
        IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 } });
        var messages = new List<string>();
        var requests = new List<string>();
        page.Console += (_, message) => messages.Add(message.Text);
        page.PageError += (_, error) => messages.Add(error);
        page.Request += (_, request) => requests.Add(request.Url);
        string address = new Uri(file).AbsoluteUri;
        await page.GotoAsync(address);

        Assert.AreEqual(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), "The page scrolls to the side.");
        Assert.AreEqual(0, await page.Locator(".panel:visible").CountAsync());
        ILocator cell = page.Locator(".matrix td.right a").First;
        int count = int.Parse(await cell.InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await cell.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".panel:visible").WaitForAsync();
        Assert.AreEqual(count, await page.Locator(".panel:visible .cards li").CountAsync());
        await page.Locator(".panel:visible .close").ClickAsync();
        Assert.AreEqual(0, await page.Locator(".panel:visible").CountAsync());

        Assert.IsGreaterThan(0, await page.Locator("#mistakes .heat:visible").CountAsync());
        await page.Locator("#heat").UncheckAsync();
        Assert.AreEqual(0, await page.Locator("#mistakes .heat:visible").CountAsync());
        Assert.IsEmpty(messages, string.Join('\n', messages));
        string[] others = [.. requests.Where(url => !url.StartsWith(address, StringComparison.Ordinal) && !url.StartsWith("data:", StringComparison.Ordinal))];
        Assert.IsEmpty(others, string.Join('\n', others));
    }
}
